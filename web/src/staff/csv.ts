/** Tables for a spreadsheet. */

/** A cell that begins like a formula gets a mark before it, so that no spreadsheet calculates a name. */
const cell = (text: string): string => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** With the mark by which Excel knows UTF-8. */
export const csv = (rows: readonly (readonly string[])[]): string => `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;

/** Leaves the text as a file with this computer. */
export function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
