/** Parts of texts in PostgreSQL's regular expressions, against JavaScript's own toLowerCase. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containsText } from '../../../src/model/filter-match.ts';
import { containsPattern } from '../../../src/store/postgres/contains-pattern.ts';
import { seededRandom } from '../../fakes/random.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

/** What is special in lower case, what is special in expressions, and some of neither. */
const CHARACTERS = Array.from(
  'aAkKsSiIßẞσςΣάΆİı\u0307\u{212a}\u{212b}åÅ\u{10400}\u{10428}\u{1e900}\u{1f600}\u{1f601}' +
    ".*+?()[]{}^$|\\-_%' \n·\u00ad\u0345\u{ffff}é",
);
const SPECIAL = ['\ud83d', '\ude00', '\udc00', '\ud801', 'Σ', 'ΑΣ', 'Σ.', 'i\u0307', 'İ', '\0'];

let server: PostgresServer;
let client: Client;
beforeAll(async () => {
  server = await startPostgres();
  client = new Client({ connectionString: await server.createDatabase() });
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client.end();
  await server.close();
});

async function found(pairs: { text: string; part: string }[]): Promise<boolean[]> {
  const { rows } = await client.query<{ found: boolean }>(
    `select coalesce(text collate "C" ~ pattern, false) as found
     from unnest($1::text[], $2::text[]) with ordinality as given (text, pattern, place) order by place`,
    [pairs.map(({ text }) => text), pairs.map(({ part }) => containsPattern(part) ?? null)],
  );
  return rows.map((row) => row.found);
}

describe('parts of texts on PostgreSQL', () => {
  it('are found where JavaScript finds them, and nowhere else', async () => {
    const random = seededRandom(5);
    const textOf = (most: number): string =>
      Array.from({ length: random.between(1, most) }, () => random.pick(CHARACTERS)).join('');
    const pairs = Array.from({ length: 1500 }, () => {
      const text = textOf(8);
      const at = random.between(0, text.length - 1);
      // Mostly a piece of the text in another case, halves of pairs included.
      const piece = text.slice(at, at + random.between(1, 4));
      const cased = random.pick([piece, piece.toUpperCase(), piece.toLowerCase()]);
      return { text, part: random.pick([cased, cased, textOf(2), random.pick(SPECIAL)]) };
    });
    const wanted = pairs.map(({ text, part }) => containsText(text, part));
    const wrong = (await found(pairs)).flatMap((is, index) => (is === wanted[index] ? [] : [pairs[index]]));
    expect(wrong).toEqual([]);
    const share = wanted.filter(Boolean).length / wanted.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.9);
  });

  it('of every character that has another case', async () => {
    const pairs: { text: string; part: string }[] = [];
    for (let code = 1; code <= 0x1_ffff; code += 1) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const text = String.fromCodePoint(code);
      const lower = text.toLowerCase();
      if (lower !== text) pairs.push({ text, part: lower }, { text: `x${text}`, part: `X${lower}` });
    }
    expect(pairs.length).toBeGreaterThan(2000);
    const wanted = pairs.map(({ text, part }) => containsText(text, part));
    const wrong = (await found(pairs)).flatMap((is, index) => (is === wanted[index] ? [] : [pairs[index]]));
    expect(wrong).toEqual([]);
  });
});
