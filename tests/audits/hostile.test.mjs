// Requests made to do harm, which the public audits miss: each is refused, quickly, and leaves the memory as it was.
// Times are the median of several requests over loopback; memory is the program's own, at its highest. On a machine that
// others keep busy, where waiting for a turn says nothing of the program, its own processor time counts instead.

import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import { after, before, test } from 'node:test';
import { start } from './program.mjs';

const MOST_MS = 20;
const MOST_MB = 20;
const ROUNDS = 9;
const TRIES = 3;

let program;
before(async () => {
  program = await start({ 'jobs.poll_milliseconds': 5000 });
  for (let i = 0; i < 50; i++) await send({ query: '{ __typename }' });
});
after(() => program?.stop());

const NEW = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';

async function send(body, type = JSON_TYPE) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const began = performance.now();
  const response = await fetch(program.url, { method: 'POST', headers: { 'content-type': type, accept: NEW }, body: text });
  const answer = await response.text();
  return { ms: performance.now() - began, status: response.status, answer };
}

/** `body` is refused in this way, within the limits on time and memory. */
function hostile(name, status, code, body, type) {
  test(name, async (context) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    let measured;
    for (let tries = 0; tries < TRIES; tries++) {
      measured = await measure(text, status, code, type);
      if (measured.median < MOST_MS && measured.grown < MOST_MB) break;
    }
    const { median, grown } = measured;
    const busy = loadavg()[0] > availableParallelism() ? 'on a busy machine, ' : '';
    context.diagnostic(`${busy}${text.length} bytes: ${median.toFixed(1)} ms, ${grown.toFixed(1)} MB`);
    assert.ok(median < MOST_MS, `it took ${median.toFixed(1)} ms`);
    assert.ok(grown < MOST_MB, `it took ${grown.toFixed(1)} MB`);
  });
}

async function measure(text, status, code, type) {
  const memory = program.memory().now;
  program.forgetPeak();
  const processor = program.processorTime();
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { ms, status: got, answer } = await send(text, type);
    assert.equal(got, status, answer.slice(0, 500));
    const { errors, data } = JSON.parse(answer);
    assert.equal(errors[0].extensions.code, code, answer.slice(0, 500));
    assert.equal(data, undefined);
    assert.ok(answer.length < 20_000, `an answer of ${answer.length} bytes`);
    times.push(ms);
  }
  times.sort((a, b) => a - b);
  const own = (program.processorTime() - processor) / ROUNDS;
  const median = loadavg()[0] > availableParallelism() ? Math.min(own, times[ROUNDS >> 1]) : times[ROUNDS >> 1];
  return { median, grown: program.memory().peak - memory };
}

const times = (count, text) => Array.from({ length: count }, (_, index) => text(index)).join(' ');
const q = (query, variables) => ({ query, variables });

const plain = JSON.stringify(q('mutation { signOut { userErrors { code } } }'));
hostile('a mutation as text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE', plain, 'text/plain');
hostile('a mutation as a form', 415, 'UNSUPPORTED_MEDIA_TYPE', 'query=mutation', 'application/x-www-form-urlencoded');
hostile('a mutation as multipart', 415, 'UNSUPPORTED_MEDIA_TYPE',
  `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${plain}\r\n--x--\r\n`, 'multipart/form-data; boundary=x');
hostile('a mutation without a type that says JSON', 415, 'UNSUPPORTED_MEDIA_TYPE', plain, 'text/plain; x=application/json');

hostile('a batch of 1,000', 400, 'BATCH_TOO_LONG', Array(1000).fill(q('{ __typename }')));
hostile('a batch of 10,000', 400, 'BATCH_TOO_LONG', Array(10_000).fill(q('{ __typename }')));
hostile('a batch of 30,000', 400, 'TOO_MANY_VALUES', Array(30_000).fill(q('{ __typename }')));
hostile('a batch of batches', 400, 'BAD_REQUEST', `${'['.repeat(100)}${']'.repeat(100)}`);
hostile('a body of brackets', 400, 'TOO_MANY_VALUES', '['.repeat(1_000_000));
hostile('a body over the limit', 413, 'BODY_TOO_LARGE', q(`{ __typename } #${'x'.repeat(1_100_000)}`));

hostile('5,000 aliases', 400, 'QUERY_TOO_LONG', q(`{ ${times(5000, (i) => `a${i}: __typename`)} }`));
hostile('500 aliases', 400, 'QUERY_TOO_MANY_ALIASES', q(`{ ${times(500, (i) => `a${i}: __typename`)} }`));
hostile('a field 1,000 times', 400, 'QUERY_TOO_REPETITIVE', q(`{ ${'__typename '.repeat(1000)} }`));
hostile('a field 60,000 times', 400, 'QUERY_TOO_LONG', q(`{ ${'__typename '.repeat(60_000)} }`));
hostile('a fragment that contains itself', 400, 'QUERY_FRAGMENT_CYCLE', q('{ ...A } fragment A on Query { __typename ...A }'));
hostile('a ring of 100 fragments', 400, 'QUERY_FRAGMENT_CYCLE',
  q(`{ ...F0 } ${times(100, (i) => `fragment F${i} on Query { ...F${(i + 1) % 100} }`)}`));

const doubling = (count) =>
  `{ ...F0 ...F0 } ${times(count - 1, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)}
   fragment F${count - 1} on Query { __typename }`;
hostile('28 fragments that double', 400, 'QUERY_TOO_MANY_FIELDS', q(doubling(28)));
hostile('28 fragments that double and are not used', 400, 'QUERY_TOO_MANY_FIELDS',
  q(doubling(28).replace('{ ...F0 ...F0 }', '{ __typename }')));
hostile('150 fragments that double', 400, 'QUERY_TOO_MANY_FIELDS', q(doubling(150)));

const nested = (levels) => `{ ${'viewer { '.repeat(levels)} id ${'} '.repeat(levels)} }`;
hostile('20 levels', 400, 'QUERY_TOO_DEEP', q(nested(20)));
hostile('2,000 levels', 400, 'QUERY_TOO_DEEP', q(nested(2000)));
hostile('60 levels of inline fragments', 400, 'GRAPHQL_VALIDATION_FAILED',
  q(`{ ${'... { '.repeat(60)} nothing ${'}'.repeat(60)} }`));
hostile('a list in a list, 100,000 times', 400, 'QUERY_TOO_DEEP', q(`{ nodes(ids: ${'['.repeat(100_000)}`));
hostile('circular introspection', 400, 'QUERY_TOO_DEEP',
  q('{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }'));

hostile('50 directives at one place', 400, 'QUERY_TOO_MANY_DIRECTIVES', q(`{ __typename ${'@skip(if: false) '.repeat(50)} }`));
hostile('600 directives', 400, 'QUERY_TOO_MANY_DIRECTIVES', q(`{ ${times(600, (i) => `@a${i}`)} }`.replace('{', '{ __typename')));
hostile('20,000 directives', 400, 'QUERY_TOO_LONG', q(`{ __typename ${'@a '.repeat(20_000)} }`));

const node = 'query ($id: ID!) { node(id: $id) { id } }';
const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
hostile('a variable 100 levels deep', 400, 'GRAPHQL_VALIDATION_FAILED', `{"query":${JSON.stringify(node)},"variables":{"id":${deep}}}`);
hostile('a variable 100,000 levels deep', 400, 'TOO_MANY_VALUES',
  `{"query":${JSON.stringify(node)},"variables":{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`);
hostile('a variable with 10,000 values', 400, 'GRAPHQL_VALIDATION_FAILED', q(node, { id: Array(10_000).fill(1) }));
hostile('a variable of 900 KB', 400, 'GRAPHQL_VALIDATION_FAILED',
  q('query ($n: Int!) { viewer { stores(first: $n) { nodes { id } } } }', { n: 'x'.repeat(900_000) }));
hostile('10,000 variables that nobody asked for', 400, 'GRAPHQL_VALIDATION_FAILED',
  q('{ nothing }', Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`v${i}`, i]))));
hostile('300 variable definitions', 400, 'GRAPHQL_VALIDATION_FAILED',
  q(`query (${times(300, (i) => `$v${i}: ID`)}) { __typename }`));
hostile('2,000 variable definitions', 400, 'QUERY_TOO_LONG',
  q(`query (${times(2000, (i) => `$v${i}: ID`)}) { __typename }`));
hostile('a list of 20,000 in many places', 400, 'GRAPHQL_VALIDATION_FAILED',
  q(`query ($ids: [ID!]!) { ${times(20, (i) => `a${i}: nodes(idss: $ids) { id }`)} }`, { ids: Array(20_000).fill('x') }));
hostile('a list of 100,000 in many places', 400, 'TOO_MANY_VALUES',
  q(`query ($ids: [ID!]!) { ${times(20, (i) => `a${i}: nodes(idss: $ids) { id }`)} }`, { ids: Array(100_000).fill('x') }));
hostile('a page of all rows of all rows', 400, 'QUERY_TOO_COMPLEX',
  q('{ viewer { stores(first: 100) { nodes { customers(first: 100) { nodes { orders(first: 100) { nodes { id } } } } } } } }'));

const orders = (first) => `{ viewer { stores(first: ${first}) { nodes { id } } } }`;
hostile('an integer of 20 digits', 400, 'GRAPHQL_VALIDATION_FAILED', q(orders('99999999999999999999')));
hostile('an integer over 32 bits', 400, 'QUERY_TOO_COMPLEX', q(orders('9999999999')));
hostile('an integer of 900,000 digits', 400, 'QUERY_TOO_LONG', q(orders('9'.repeat(900_000))));
hostile('a float out of range', 400, 'GRAPHQL_PARSE_FAILED', q(orders('1e999999')));
hostile('a float of 900,000 digits', 400, 'QUERY_TOO_LONG', q(orders(`1.${'9'.repeat(900_000)}`)));
hostile('a string of 900 KB that is not closed', 400, 'QUERY_TOO_LONG', q(`{ node(id: "${'x'.repeat(900_000)} }`));
hostile('a string of 900 KB for a number', 400, 'QUERY_TOO_LONG', q(orders(`"${'x'.repeat(900_000)}"`)));
hostile('a name of 900 KB', 400, 'QUERY_TOO_LONG', q(`{ ${'x'.repeat(900_000)} }`));
hostile('a string of 8 KB for a number', 400, 'GRAPHQL_VALIDATION_FAILED', q(orders(`"${'x'.repeat(8_000)}"`)));
hostile('a name of 8 KB', 400, 'GRAPHQL_VALIDATION_FAILED', q(`{ ${'x'.repeat(8_000)} }`));
hostile('a comment of 900 KB', 400, 'QUERY_TOO_LONG', q(`{ nothing } #${'x'.repeat(900_000)}`));
hostile('a float out of range in JSON', 400, 'BAD_REQUEST', `{"query":${JSON.stringify(node)},"variables":{"id":1e999999}}`);
hostile('a half of a character', 400, 'BAD_REQUEST', '{"query":"{ node(id: \\"\\ud800\\") { id } }"}');
