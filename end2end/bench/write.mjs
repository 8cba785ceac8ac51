// Puts the tables between two marks of docs/BENCHMARKS.md; everything around them is written by hand.
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './machine.mjs';

const BEGIN = '<!-- measured: written by make bench BENCH="--write" -->';
const END = '<!-- end of measured -->';

export function writeInto(report) {
  const file = path.join(ROOT, 'docs/BENCHMARKS.md');
  const text = fs.readFileSync(file, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${file} has lost its marks: ${BEGIN} … ${END}`);
  fs.writeFileSync(file, `${text.slice(0, from + BEGIN.length)}\n\n${report}\n\n${text.slice(to)}`);
  return path.relative(ROOT, file);
}
