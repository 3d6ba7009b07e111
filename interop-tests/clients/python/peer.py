"""A paho-mqtt client whose events a scenario can wait for."""

import json
import os
import queue
import ssl

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

V31, V311, V5 = paho.MQTTv31, paho.MQTTv311, paho.MQTTv5
DEADLINE = 60
# How the broker is reached, where it is not TCP: transport, path, unix, ca, cert, key, tls.
WAY = json.loads(os.environ.get("MQTT_WAY", "{}"))


def properties(packet, **values):
    """Properties of a packet type, by paho's attribute names."""
    block = Properties(getattr(PacketTypes, packet))
    for name, value in values.items():
        setattr(block, name, value)
    return block


def tls_context():
    """TLS as the environment asks for it, of exactly one version."""
    context = ssl.create_default_context(cafile=WAY["ca"])
    if "cert" in WAY:
        context.load_cert_chain(WAY["cert"], WAY["key"])
    if "tls" in WAY:
        exactly = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[WAY["tls"]]
        context.minimum_version = context.maximum_version = exactly
    return context


class Peer:
    """One connection; everything that happens to it lands in a queue."""

    def __init__(self, port, client_id="", version=V5, clean=True, connect=None, will=None, keepalive=60):
        options = {} if version == V5 else {"clean_session": clean}
        transport = WAY.get("transport", "tcp")
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=version, transport=transport, **options
        )
        if transport == "websockets":
            self.client.ws_set_options(path=WAY["path"])
        if "ca" in WAY:
            self.client.tls_set_context(tls_context())
        self.messages = queue.Queue()
        self.connected = queue.Queue()
        self.subscribed = queue.Queue()
        self.published = queue.Queue()
        self.disconnected = queue.Queue()
        self.client.on_connect = lambda c, u, flags, code, props: self.connected.put((flags, code, props))
        self.client.on_message = lambda c, u, message: self.messages.put(message)
        self.client.on_subscribe = lambda c, u, mid, codes, props: self.subscribed.put(codes)
        self.client.on_publish = lambda c, u, mid, code, props: self.published.put((mid, code))
        self.client.on_disconnect = lambda c, u, flags, code, props: self.disconnected.put((flags, code))
        self.client.max_queued_messages_set(0)
        if will:
            self.client.will_set(**will)
        start = {"clean_start": clean, "properties": connect} if version == V5 else {}
        self.client.connect(WAY.get("unix", "127.0.0.1"), port, keepalive, **start)
        self.client.loop_start()
        self.flags, code, self.properties = self.connected.get(timeout=DEADLINE)
        check(not code.is_failure, f"refused: {code}")

    def subscribe(self, *args, **options):
        self.client.subscribe(*args, **options)
        codes = self.subscribed.get(timeout=DEADLINE)
        check(not any(code.is_failure for code in codes), f"SUBACK {codes}")
        return codes

    def publish(self, *args, **options):
        """Publishes and waits until the exchange is complete; the reason code is returned."""
        info = self.client.publish(*args, **options)
        info.wait_for_publish(DEADLINE)
        check(info.is_published(), "not acknowledged in time")
        return self.published.get(timeout=DEADLINE)[1]

    def message(self):
        return self.messages.get(timeout=DEADLINE)

    def payloads(self, count):
        return [self.message().payload.decode() for _ in range(count)]

    def expect_nothing_before(self, topic, publisher):
        """A marker published now is the next message: nothing else was on its way."""
        publisher.publish(topic, "marker", qos=1)
        equal(self.message().payload, b"marker")

    def break_off(self):
        """Closes the socket without DISCONNECT and forgets the connection."""
        self.client.on_disconnect = None
        self.client.loop_stop()
        self.client.socket().close()

    def close(self):
        self.client.disconnect()
        self.disconnected.get(timeout=DEADLINE)
        self.client.loop_stop()


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def equal(found, expected):
    check(found == expected, f"expected {expected!r}, found {found!r}")
