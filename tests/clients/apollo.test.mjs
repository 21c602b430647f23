// Apollo Client: pages, caches, tries again, names persisted documents by hash, subscribes.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { HERE, tool } from './generate.mjs';
import { scene } from './scene.mjs';

const MANIFESTS = join(HERE, 'generated-apollo');
let world, hashes, sent, client;

before(async () => {
  rmSync(MANIFESTS, { recursive: true, force: true });
  mkdirSync(MANIFESTS, { recursive: true });
  tool('generate-persisted-query-manifest', '--config', 'apollo.config.json');
  const manifest = JSON.parse(readFileSync(join(MANIFESTS, 'manifest.json'), 'utf8'));
  hashes = new Map(manifest.operations.map(({ name, id }) => [name, id]));
  world = await scene({ 'http.persisted_documents': MANIFESTS });
  sent = [];
  client = connect();
});
after(() => world?.program.stop());

/** A client as a frontend makes it. The first `failures` requests find no network. */
function connect(failures = 0) {
  const http = new HttpLink({
    uri: world.program.url,
    headers: { authorization: `Bearer ${world.token}` },
    fetch: async (address, init) => {
      sent.push(JSON.parse(init.body));
      if (failures-- > 0) throw new TypeError('fetch failed');
      return fetch(address, init);
    },
  });
  const persisted = new PersistedQueryLink({ generateHash: (document) => hashes.get(nameOf(document)) ?? 'unknown' });
  const retry = new RetryLink({ delay: { initial: 10 }, attempts: { max: 3 } });
  const stores = { fields: { customers: relayStylePagination() } };
  return new ApolloClient({
    link: ApolloLink.from([retry, persisted, http]),
    cache: new InMemoryCache({ typePolicies: { Store: stores } }),
  });
}

const nameOf = (document) => document.definitions.find(({ kind }) => kind === 'OperationDefinition').name.value;
const document = (name) => gql(readFileSync(join(HERE, `operations/${name}.graphql`), 'utf8'));

test('Apollo pages through a connection forwards, and the cache joins the pages', async () => {
  const [query, variables] = [document('Customers'), { store: world.store, first: 5 }];
  const watched = client.watchQuery({ query, variables });
  const shown = await new Promise((resolve, reject) => {
    watched.subscribe({ next: ({ data, loading }) => !loading && resolve(data), error: reject });
  });
  let { pageInfo } = shown.store.customers;
  for (let pages = 1; pageInfo.hasNextPage && pages < 100; pages += 1) {
    const more = await watched.fetchMore({ variables: { after: pageInfo.endCursor } });
    ({ pageInfo } = more.data.store.customers);
  }
  const data = client.readQuery({ query, variables });
  const ids = data.store.customers.edges.map(({ node }) => node.id);
  assert.equal(new Set(ids).size, world.customers);
  assert.equal(ids.length, world.customers);
});

test('Apollo answers from its cache what it has seen', async () => {
  const query = document('Stores');
  const first = await client.query({ query });
  const before = sent.length;
  const second = await client.query({ query });
  assert.deepEqual(second.data, first.data);
  assert.equal(sent.length, before);
});

test('Apollo tries again when there was no network', async () => {
  const before = sent.length;
  const { data } = await connect(2).query({ query: document('Stores') });
  assert.equal(data.viewer.stores.nodes[0].id, world.store);
  assert.equal(sent.length - before, 3);
});

test('Apollo sends hashes and never documents', () => {
  assert.ok(sent.length > 3);
  for (const body of sent) {
    assert.equal(body.query, undefined);
    assert.match(body.extensions.persistedQuery.sha256Hash, /^[0-9a-f]{64}$/);
  }
});

test('Apollo sends the document itself when its hash is not known', async () => {
  const before = sent.length;
  const { data } = await connect().query({ query: gql('query Unknown { viewer { id email } }') });
  assert.ok(data.viewer.email);
  assert.deepEqual(sent.slice(before).map(({ query }) => Boolean(query)), [false, true]);
});

test('Apollo subscribes over graphql-ws', async () => {
  const socket = createClient({
    url: world.program.socket,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${world.token}` },
    lazy: true,
  });
  const persisted = new PersistedQueryLink({ generateHash: (document) => hashes.get(nameOf(document)) });
  const link = ApolloLink.from([persisted, new GraphQLWsLink(socket)]);
  const subscriber = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = document('Redemption');
  const seen = await new Promise((resolve, reject) => {
    subscriber.subscribe({ query, variables: { id: world.redemption } }).subscribe({ next: resolve, error: reject });
  });
  assert.equal(seen.error, undefined);
  assert.equal(seen.data.redemption.id, world.redemption);
  await socket.dispose();
});
