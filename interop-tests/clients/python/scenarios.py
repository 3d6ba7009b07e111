"""Scenarios with paho-mqtt: `scenarios.py NAME PORT` ends with status 0 when everything held."""

import os
import sys

from paho.mqtt.subscribeoptions import SubscribeOptions

from peer import V5, V31, V311, Peer, check, equal, properties

VERSIONS = {"3.1": V31, "3.1.1": V311, "5": V5}


def qos_matrix(port):
    for name, version in VERSIONS.items():
        subscriber, publisher = Peer(port, "sub" + name, version), Peer(port, "pub" + name, version)
        for granted in range(3):
            topic = f"matrix/{name}/{granted}"
            subscriber.subscribe(topic, granted)
            for qos in range(3):
                publisher.publish(topic, f"{qos}", qos=qos)
                message = subscriber.message()
                equal((message.payload, message.qos), (b"%d" % qos, min(qos, granted)))
                check(not message.retain and not message.dup, "a first, live delivery")
        subscriber.close()
        publisher.close()


def retained(port):
    for name, version in VERSIONS.items():
        publisher, topic = Peer(port, "", V311), f"retained/{name}"
        for value in ("first", "second"):
            publisher.publish(topic, value, qos=1, retain=True)
        late = Peer(port, "late" + name, version)
        late.subscribe(topic, 1)
        message = late.message()
        equal((message.payload, message.retain), (b"second", True))
        publisher.publish(topic, "third", qos=1, retain=True)
        message = late.message()
        equal((message.payload, message.retain), (b"third", False))
        publisher.publish(topic, b"", qos=1, retain=True)
        equal(late.message().payload, b"")
        later = Peer(port, "later" + name, version)
        later.subscribe(topic, 1)
        later.expect_nothing_before(topic, publisher)


def retain_handling(port):
    publisher = Peer(port)
    publisher.publish("handling", "kept", qos=1, retain=True)
    client = Peer(port)

    def subscribe(handling, as_published=False):
        options = SubscribeOptions(qos=1, retainHandling=handling, retainAsPublished=as_published)
        client.subscribe("handling", options=options)

    subscribe(SubscribeOptions.RETAIN_DO_NOT_SEND)
    client.expect_nothing_before("handling", publisher)
    subscribe(SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
    client.expect_nothing_before("handling", publisher)
    subscribe(SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE)
    equal(client.message().payload, b"kept")
    client = Peer(port)
    subscribe(SubscribeOptions.RETAIN_DO_NOT_SEND, as_published=True)
    publisher.publish("handling", "flagged", qos=1, retain=True)
    message = client.message()
    equal((message.payload, message.retain), (b"flagged", True))


def wills(port):
    for name, version in VERSIONS.items():
        watcher, topic = Peer(port, "watch" + name), f"will/{name}"
        watcher.subscribe(topic, 2)
        for qos in range(3):
            will = {"topic": topic, "payload": f"gone {qos}", "qos": qos}
            Peer(port, "dying" + name, version, will=will).break_off()
            message = watcher.message()
            equal((message.payload, message.qos), (b"gone %d" % qos, qos))
        will = {"topic": topic, "payload": "never", "qos": 1}
        Peer(port, "leaving" + name, version, will=will).close()
        watcher.expect_nothing_before(topic, watcher)


def retained_will(port):
    will = {"topic": "will/kept", "payload": "gone", "qos": 1, "retain": True}
    watcher = Peer(port)
    watcher.subscribe("will/kept", 1)
    Peer(port, "dying", will=will).break_off()
    equal(watcher.message().payload, b"gone")
    late = Peer(port)
    late.subscribe("will/kept", 1)
    message = late.message()
    equal((message.payload, message.retain), (b"gone", True))


def sessions(port):
    for name, version in VERSIONS.items():
        topic, client_id = f"session/{name}", "keeper" + name
        connect = properties("CONNECT", SessionExpiryInterval=3600) if version == V5 else None

        def keeper(clean):
            return Peer(port, client_id, version, clean=clean, connect=connect)

        first = keeper(False)
        check(not first.flags.session_present, "a new session")
        first.subscribe([(topic + "/1", 1), (topic + "/2", 2)])
        first.close()
        publisher = Peer(port)
        for number in range(100):
            publisher.publish(f"{topic}/{1 + number % 2}", f"{number}", qos=2)
        second = keeper(False)
        check(second.flags.session_present or version == V31, "the session is resumed; 3.1 cannot say so")
        # Order is promised for a topic and quality of service [MQTT-4.6.0-6]; paho reports QoS 2 at PUBREL.
        got = [int(payload) for payload in second.payloads(100)]
        for odd in range(2):
            equal([number for number in got if number % 2 == odd], list(range(odd, 100, 2)))
        second.close()
        third = keeper(True)
        check(not third.flags.session_present, "clean start discards the session")
        publisher.publish(topic + "/1", "nobody hears", qos=1)
        third.subscribe("marker" + name, 1)
        third.expect_nothing_before("marker" + name, publisher)


def shared(port):
    members = [Peer(port, f"member{i}") for i in range(3)]
    for member in members:
        member.subscribe("$share/group/jobs/+", 1)
    publisher, count = Peer(port), 300
    for number in range(count):
        publisher.client.publish(f"jobs/{number % 7}", f"{number}", qos=1)
    got, each = [], [0] * 3
    while len(got) < count:
        for index, member in enumerate(members):
            while not member.messages.empty():
                got.append(int(member.message().payload))
                each[index] += 1
    equal(sorted(got), list(range(count)))
    check(all(each), f"every member works: {each}")


def large_payloads(port):
    subscriber, publisher = Peer(port), Peer(port)
    subscriber.subscribe("large", 2)
    for size in (1_000_000, 10_000_000):
        payload = bytes(range(256)) * (size // 256)
        for qos in range(3):
            publisher.publish("large", payload, qos=qos)
            check(subscriber.message().payload == payload, f"{size} bytes at QoS {qos} arrive unchanged")


def takeover(port):
    first = Peer(port, "twin")
    second = Peer(port, "twin")
    flags, code = first.disconnected.get(timeout=60)
    equal(code.value, 0x8E)
    check(flags.is_disconnect_packet_from_server, "the broker says why")
    first.client.loop_stop()
    second.subscribe("twin", 1)
    second.publish("twin", "alive", qos=1)
    equal(second.message().payload, b"alive")


def properties_end_to_end(port):
    subscriber, publisher = Peer(port), Peer(port)
    subscriber.subscribe("all/#", options=SubscribeOptions(qos=2), properties=properties("SUBSCRIBE", SubscriptionIdentifier=77))
    users = [("b", "2"), ("a", "1"), ("b", "3"), ("", ""), ("ü", "☃")]
    sent = properties(
        "PUBLISH",
        UserProperty=users[0],
        ContentType="text/plain",
        ResponseTopic="answers/here",
        CorrelationData=b"\x00\xff",
        PayloadFormatIndicator=1,
        MessageExpiryInterval=1000,
    )
    for user in users[1:]:
        sent.UserProperty = user
    publisher.publish("all/of/them", "text", qos=2, properties=sent)
    got = subscriber.message().properties
    equal(got.UserProperty, users)
    equal((got.ContentType, got.ResponseTopic, got.CorrelationData), ("text/plain", "answers/here", b"\x00\xff"))
    equal((got.PayloadFormatIndicator, got.SubscriptionIdentifier), (1, [77]))
    check(990 <= got.MessageExpiryInterval <= 1000, f"expiry {got.MessageExpiryInterval}")


def topic_alias_to_broker(port):
    subscriber, publisher = Peer(port), Peer(port)
    check(publisher.properties.TopicAliasMaximum >= 1, "the broker takes aliases")
    subscriber.subscribe("aliased/topic", 1)
    alias = properties("PUBLISH", TopicAlias=1)
    publisher.publish("aliased/topic", "named", qos=1, properties=alias)
    publisher.client.publish("", "by alias", qos=1, properties=alias)
    for payload in (b"named", b"by alias"):
        message = subscriber.message()
        equal((message.topic, message.payload), ("aliased/topic", payload))


def no_local(port):
    client, other = Peer(port), Peer(port)
    client.subscribe("echo", options=SubscribeOptions(qos=1, noLocal=True))
    client.publish("echo", "own", qos=1)
    other.publish("echo", "foreign", qos=1)
    equal(client.message().payload, b"foreign")


def request_response(port):
    server, caller = Peer(port), Peer(port)
    server.subscribe("service", 1)
    caller.subscribe("answers/caller", 1)
    request = properties("PUBLISH", ResponseTopic="answers/caller", CorrelationData=b"42")
    caller.publish("service", "question", qos=1, properties=request)
    asked = server.message()
    answer = properties("PUBLISH", CorrelationData=asked.properties.CorrelationData)
    server.publish(asked.properties.ResponseTopic, "answer", qos=1, properties=answer)
    answered = caller.message()
    equal((answered.payload, answered.properties.CorrelationData), (b"answer", b"42"))


def no_matching_subscribers(port):
    client = Peer(port)
    equal(client.publish("nobody/listens", "", qos=1).value, 0x10)
    equal(client.publish("nobody/listens", "", qos=2).value, 0)


def burst(port):
    count = 20_000
    for qos in range(3):
        subscriber, publisher = Peer(port, version=V311), Peer(port, version=V311)
        subscriber.subscribe(f"burst/{qos}", qos)
        for number in range(count):
            publisher.client.publish(f"burst/{qos}", f"{number}", qos=qos)
        equal(subscriber.payloads(count), [f"{number}" for number in range(count)])
        publisher.close()
        subscriber.close()


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
    print("ok", flush=True)
    # A thread of a connection that was broken off on purpose must not keep the process.
    os._exit(0)
