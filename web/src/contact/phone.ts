/** E.164 as the server takes it: a plus and 8 to 15 digits; what people put between the digits is left out. */
export function dialled(typed: string): string | undefined {
  const digits = typed.replace(/[\s().\-\u2010-\u2015]/g, '').replace(/^00/, '+');
  return /^\+[1-9]\d{7,14}$/.test(digits) ? digits : undefined;
}
