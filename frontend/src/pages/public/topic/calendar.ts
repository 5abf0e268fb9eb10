/** A deadline as an iCalendar file (RFC 5545): lines of at most 75 octets, ended by CRLF. */
export function deadline(event: { id: string; title: string; at: string; url: string; stamp: string }): string {
  const utc = (instant: string) => `${new Date(instant).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
  const text = (value: string) => value.replace(/([\\;,])/g, '\\$1').replace(/\r?\n/g, '\\n');
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Jiebang//Deadlines//ZH',
    'BEGIN:VEVENT',
    `UID:${event.id}@jiebang`,
    `DTSTAMP:${utc(event.stamp)}`,
    `DTSTART:${utc(event.at)}`,
    `DTEND:${utc(event.at)}`,
    `SUMMARY:${text(event.title)}`,
    `URL:${event.url}`,
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${text(event.title)}`,
    'TRIGGER:-P1D',
    'END:VALARM',
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
    .map(fold)
    .join('\r\n');
}

function fold(line: string): string {
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > 74) {
      parts.push(part);
      part = '';
      octets = 0;
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join('\r\n ');
}
