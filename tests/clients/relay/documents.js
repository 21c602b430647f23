// What a frontend in React says in its components; relay-compiler reads it.

const { graphql } = require('relay-runtime');

graphql`
  fragment documents_customers on Store
  @argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "String" })
  @refetchable(queryName: "documentsForwardsQuery") {
    customers(first: $first, after: $after) @connection(key: "documents__customers") {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;

graphql`
  fragment documents_latest on Store
  @argumentDefinitions(last: { type: "Int", defaultValue: 5 }, before: { type: "String" })
  @refetchable(queryName: "documentsBackwardsQuery") {
    customers(last: $last, before: $before) @connection(key: "documents_latest__customers") {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;

graphql`
  subscription documentsSubscription($id: ID!) {
    redemption(id: $id) {
      id
      state
    }
  }
`;
