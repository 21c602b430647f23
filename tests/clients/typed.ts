// What a frontend in TypeScript writes against the generated types. It is compiled and never run: each line below says
// what must be known of an answer without looking at it.

import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import { CustomersDocument, CreateStoreDocument } from './generated/graphql.ts';
import type { RedemptionState } from './generated/graphql.ts';

type Customers = ResultOf<typeof CustomersDocument>;

export function names(answer: Customers): string[] {
  const edges = answer.store?.customers.edges ?? [];
  return edges.map(({ node }) => node.name ?? node.id);
}

export function points(answer: Customers): number {
  return (answer.store?.customers.edges ?? []).reduce((sum, { node }) => sum + (node.balance?.available ?? 0), 0);
}

export const page: VariablesOf<typeof CustomersDocument> = { store: 'store_1', first: 10 };

// @ts-expect-error a page belongs to a store
export const nowhere: VariablesOf<typeof CustomersDocument> = { first: 10 };

export function problems(answer: ResultOf<typeof CreateStoreDocument>): string[] {
  return answer.createStore.userErrors.map((error) => `${error.path.join('.')}: ${error.code} ${error.message}`);
}

export const done: RedemptionState = 'COMPLETED';
