/** What a file weighs, for reading: whole KB rounded up below 1 MB, so that no file weighs nothing; then `1.5 MB`. */
export function fileSize(bytes: number): string {
  const kilobytes = Math.ceil(bytes / 1024);
  return kilobytes < 1024 ? `${kilobytes} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
