"""Verifies one delivery with the library standardwebhooks, and says what it holds or why it is refused."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

told = json.load(sys.stdin)
try:
    said = Webhook(told["secret"]).verify(told["raw"], told["headers"])
except WebhookVerificationError as error:
    said = str(error)
json.dump(said, sys.stdout)
