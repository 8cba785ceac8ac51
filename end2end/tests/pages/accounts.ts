// Accounts from above: opening them, slips, and using an invitation.
import { writeFileSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { goTo, ready } from "./site.ts";

/** The page of accounts, from the person's own page. */
export async function open(page: Page): Promise<void> {
  await goTo(page, "我的");
  await page.getByRole("link", { name: /^账号/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "账号" })).toBeVisible();
}

/** The code of the slip that names somebody. */
export async function codeOf(page: Page, name: string): Promise<string> {
  const slip = page.getByTestId("slip").filter({ hasText: name });
  return (await slip.getByTestId("slip-code").innerText()).trim();
}

/** Uses an invitation on a page that nobody is signed in on, by its code. */
export async function accept(page: Page, code: string, password: string): Promise<void> {
  await page.getByRole("textbox", { name: /邀请码/ }).fill(code);
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByRole("textbox", { name: "给自己设一个密码" }).fill(password);
  await page.getByRole("button", { name: "设好了，开始用" }).click();
  await ready(page);
}

/** A table as a person would save it: every cell is text. */
export function table(file: string, rows: string[][]): void {
  const cell = (text: string) => `<c t="inlineStr"><is><t>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</t></is></c>`;
  const sheet = rows.map((row) => `<row>${row.map(cell).join("")}</row>`).join("");
  const parts: Record<string, string> = {
    "[Content_Types].xml": `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    "_rels/.rels": `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${sheet}</sheetData></worksheet>`,
  };
  writeFileSync(file, zip(parts));
}

/** A ZIP archive without compression. */
function zip(parts: Record<string, string>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(parts)) {
    const [head, data] = [Buffer.from(name), Buffer.from(text)];
    const sum = crc32(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(sum, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(head.length, 22);
    files.push(Buffer.from("PK\u0003\u0004"), common, head, data);
    const entry = Buffer.alloc(42);
    entry.writeUInt16LE(20, 0);
    common.copy(entry, 2);
    entry.writeUInt32LE(offset, 38);
    directory.push(Buffer.from("PK\u0001\u0002"), entry, head);
    offset += 4 + common.length + head.length + data.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  const count = Object.keys(parts).length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(index.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, index, Buffer.from("PK\u0005\u0006"), end]);
}

function crc32(data: Buffer): number {
  let sum = ~0;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
