// Seeded texts, the reference's ids for them, the comparison, and the reference's speed. See tokenizers.sh.
import fs from 'node:fs';
import { createRequire } from 'node:module';
const require = createRequire(process.cwd() + '/');
const { Tokenizer } = require('@anush008/tokenizers');

const [, , verb, ...rest] = process.argv;
await { expect, compare, speed }[verb](...rest);

async function expect(model, count, seed, out) {
  const file = JSON.parse(fs.readFileSync(`${model}/tokenizer.json`, 'utf8'));
  const tokenizer = Tokenizer.fromFile(`${model}/tokenizer.json`);
  const random = mulberry(Number(seed));
  const added = (file.added_tokens ?? []).map(t => t.content);
  const texts = fs.createWriteStream(`${out}.texts.jsonl`), plain = fs.createWriteStream(`${out}.plain.jsonl`), expected = fs.createWriteStream(`${out}.expected.jsonl`);
  for (let i = 0; i < Number(count); i++) {
    const text = draw(random, added, i);
    texts.write(JSON.stringify({ id: i, text }) + '\n');
    expected.write(JSON.stringify({ id: i, ids: (await tokenizer.encode(text)).getIds() }) + '\n');
    plain.write(JSON.stringify({ text: prose(random, 400) }) + '\n');
  }
  await Promise.all([texts, plain, expected].map(s => new Promise(done => s.end(done))));
}

function compare(out) {
  const read = name => fs.readFileSync(`${out}.${name}.jsonl`, 'utf8').trimEnd().split('\n').map(l => JSON.parse(l));
  const [texts, expected, actual] = [read('texts'), read('expected'), read('actual')];
  let different = 0;
  for (let i = 0; i < expected.length; i++) {
    if (JSON.stringify(expected[i].ids) === JSON.stringify(actual[i].ids)) continue;
    if (different++ < 5) {
      const at = expected[i].ids.findIndex((id, k) => id !== actual[i].ids?.[k]);
      console.log(`text ${i}, id ${at}: expected ${expected[i].ids.slice(at, at + 6)}, got ${actual[i].ids?.slice(at, at + 6) ?? actual[i].error}: ${JSON.stringify(texts[i].text).slice(0, 200)}`);
    }
  }
  console.log(`${out.split('/').pop()}: ${expected.length} texts, ${different} different`);
  if (different > 0) process.exitCode = 1;
}

async function speed(model, out) {
  let start = performance.now();
  const tokenizer = Tokenizer.fromFile(`${model}/tokenizer.json`);
  const load = performance.now() - start;
  const texts = fs.readFileSync(`${out}.plain.jsonl`, 'utf8').trimEnd().split('\n').map(l => JSON.parse(l).text);
  const bytes = texts.reduce((sum, t) => sum + Buffer.byteLength(t), 0);
  for (const text of texts.slice(0, 1000)) await tokenizer.encode(text);
  start = performance.now();
  for (const text of texts) await tokenizer.encode(text);
  console.log(`reference: loads in ${load.toFixed(0)} ms, encodes ${(bytes / (performance.now() - start) / 1000).toFixed(2)} MB/s`);
}

function mulberry(a) {
  return () => {
    a = (a + 0x6D2B79F5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function prose(random, length) {
  const words = 'the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part transformer gradient policy reinforcement tokenizer'.split(' ');
  let text = '';
  while (text.length < length) text += (text ? ' ' : '') + words[Math.floor(random() * words.length)] + (random() < 0.08 ? ',' : random() < 0.08 ? '. ' + Math.floor(random() * 5000) : '');
  return text;
}

function draw(random, added, i) {
  if (i % 500 === 0) return pick(random, ['a', ' ', '\n', '0', '我', '!', 'é', '\t', "'", '😀', 'ا', '\u0301']).repeat(20000 - Math.floor(random() * 3));
  const pieces = [];
  for (let n = 1 + Math.floor(random() * 12); n > 0; n--) pieces.push(piece(random, added));
  return pieces.join(pick(random, ['', '', ' ', '\n', '  ']));
}

function piece(random, added) {
  const range = (from, to) => String.fromCodePoint(from + Math.floor(random() * (to - from)));
  const many = (f, max) => Array.from({ length: 1 + Math.floor(random() * max) }, f).join('');
  const kinds = [
    () => prose(random, 30), () => many(() => range(0x20, 0x7F), 20), () => many(() => range(0x00, 0x20), 4), () => many(() => range(0xA0, 0x250), 12),
    () => many(() => range(0x300, 0x370), 3), () => many(() => range(0x370, 0x600), 12), () => many(() => range(0x600, 0x700), 12), () => many(() => range(0x900, 0xDFF), 12),
    () => many(() => range(0x1100, 0x1200), 6), () => many(() => range(0x2000, 0x2C00), 10), () => many(() => range(0x3040, 0x3100), 10), () => many(() => range(0x4E00, 0xA000), 12),
    () => many(() => range(0xAC00, 0xD7A4), 10), () => many(() => range(0xF900, 0x10000), 6), () => many(() => range(0x10000, 0x10400), 4), () => many(() => range(0x1D400, 0x1D800), 6),
    () => many(() => range(0x1F300, 0x1FA00), 6), () => many(() => range(0x20000, 0x2A6E0), 6), () => many(() => range(0x0, 0xD800), 6), () => many(() => range(0xE000, 0x110000), 4),
    () => many(() => range(0x30, 0x3A), 9), () => pick(random, [' ', '  ', '\n', '\r\n', ' \n \n', '\t\t', '\u00A0', '\u3000', '\u2028', '\u0085', '   a', '\n\n\n']),
    () => pick(random, ["it's", "I'M", "we'Re", "'ſ", "DON'T", "'ll", "'LL've", "’s", "'S "]), () => pick(random, ['👩‍👩‍👧‍👦', '🇩🇪🇫🇷', 'e\u0301\u0323', 'ﬁ', 'Å', 'ｱｲｳ', '한국어', 'עברית', 'ไทย']),
    () => 'def f(x):\n    return x ** 2  # ' + prose(random, 10) + '\n', () => `{"a": [${many(() => range(0x30, 0x3A), 5)}, null]}`, () => '=-_*'[Math.floor(random() * 4)].repeat(1 + Math.floor(random() * 40)),
    ...(added.length ? [() => pick(random, added)] : []),
  ];
  return pick(random, kinds)();
}

function pick(random, list) { return list[Math.floor(random() * list.length)]; }
