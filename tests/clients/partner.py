"""Walks through a store's customers and waits for a redemption, with the library gql."""

import os

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport

TOKEN = {"Authorization": f"Bearer {os.environ['TOKEN']}"}

CUSTOMERS = gql("""
    query Customers($store: ID!, $after: String) {
      store(id: $store) {
        customers(first: 5, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } }
      }
    }
""")
REDEMPTION = gql("subscription Redemption($id: ID!) { redemption(id: $id) { id state } }")

http = RequestsHTTPTransport(url=os.environ["URL"], headers=TOKEN, retries=3)
with Client(transport=http, fetch_schema_from_transport=True) as session:
    seen, after = set(), None
    while True:
        variables = {"store": os.environ["STORE"], "after": after}
        page = session.execute(CUSTOMERS, variable_values=variables)["store"]["customers"]
        seen |= {customer["id"] for customer in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == int(os.environ["CUSTOMERS"]), len(seen)
    try:
        session.execute(gql("query { node(id: \"nothing\") { id } }"))
    except TransportQueryError as error:
        assert error.errors[0]["extensions"]["code"], error

socket = WebsocketsTransport(url=os.environ["SOCKET"], init_payload=TOKEN)
redemption = {"id": os.environ["REDEMPTION"]}
for answer in Client(transport=socket).subscribe(REDEMPTION, variable_values=redemption):
    assert answer["redemption"]["id"] == redemption["id"], answer
    break
print(f"{len(seen)} customers")
