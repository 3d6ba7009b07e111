"""A SCRAM-SHA-256 client without a protocol around it: `scram.py USER PASSWORD` says its messages in base64, one a line,
and reads the server's; at the end it says "verified" when the server proved that it knows the password too."""

import base64
import sys

from scramp import ScramClient


def say(message):
    print(base64.b64encode(message.encode()).decode(), flush=True)


def hear():
    return base64.b64decode(sys.stdin.readline()).decode()


_, user, password = sys.argv
client = ScramClient(["SCRAM-SHA-256"], user, password)
say(client.get_client_first())
client.set_server_first(hear())
say(client.get_client_final())
client.set_server_final(hear())
say("verified")
