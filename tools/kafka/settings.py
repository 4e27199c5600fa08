# SPDX-License-Identifier: Apache-2.0
"""What the brokers are told: server.properties, as text."""

from certificates import USER

# Little memory, quick answers to what tests wait for, and nothing made by mistake: a topic is
# created by who wants it.
SMALL_AND_QUICK = {
    "auto.create.topics.enable": "false",
    "background.threads": "2",
    # After a kill -9 a broker is let in again when the session of its former life is over.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.backoff.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "8388608",
    "log.index.size.max.bytes": "1048576",
    "log.initial.task.delay.ms": "1000",
    "log.retention.check.interval.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "offsets.topic.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
    "transaction.state.log.num.partitions": "4",
}


def _replication(nodes):
    copies, must_have = (3, 2) if nodes >= 3 else (1, 1)
    made = {"default.replication.factor": copies, "min.insync.replicas": must_have}
    for topic in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic"):
        made[f"{topic}.replication.factor"] = copies
    for topic in ("transaction.state.log", "share.coordinator.state.topic"):
        made[f"{topic}.min.isr"] = must_have
    return made


def _security(folder, password):
    """SASL_SSL with SCRAM-SHA-512 or PLAIN; both know the one user."""
    listener = "listener.name.sasl_ssl"
    login = "org.apache.kafka.common.security"
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        f"{listener}.ssl.keystore.type": "PEM",
        f"{listener}.ssl.keystore.location": folder / "server.pem",
        f"{listener}.scram-sha-512.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;",
        f"{listener}.plain.sasl.jaas.config":
            f'{login}.plain.PlainLoginModule required user_{USER}="{password}";',
    }  # fmt: skip


def of_node(node, cluster):
    """The text of the node's server.properties."""
    at = cluster.ports[node - 1]
    listeners = [f"PLAINTEXT://127.0.0.1:{at.plain}"]
    if cluster.secure:
        listeners.append(f"SASL_SSL://localhost:{at.secure}")
    voters = [f"{i}@127.0.0.1:{ports.controller}" for i, ports in enumerate(cluster.ports, 1)]
    said = {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": ",".join(voters),
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join([*listeners, f"CONTROLLER://127.0.0.1:{at.controller}"]),
        "advertised.listeners": ",".join(listeners),
        "listener.security.protocol.map":
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL",
        "log.dirs": cluster.node_folder(node) / "data",
        **SMALL_AND_QUICK,
        **_replication(len(cluster.ports)),
    }  # fmt: skip
    if cluster.secure:
        said |= _security(cluster.security_folder, cluster.password)
    said |= dict(setting.split("=", 1) for setting in cluster.settings)
    return "".join(f"{name}={value}\n" for name, value in said.items())
