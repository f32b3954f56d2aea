/** Gives a file to the browser's own downloads. */
export function saveAs(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken hold of the file by then, and keeps it as long as it needs.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
