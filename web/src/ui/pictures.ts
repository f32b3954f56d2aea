// The pictures of the code phrase are drawn in pictures.svg, a file of its own: a phone fetches it once.
export type { CodePhrase, Picture } from '../api/model';
