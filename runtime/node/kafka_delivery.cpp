// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/kafka_delivery.hpp"

#include "runtime/base/check.hpp"

namespace aisle::node {
namespace {

using checkpoint::sink_end;

sink_end end_of(kafka::verdict what) {
  switch (what) {
    case kafka::verdict::lost:
      return sink_end::lost;
    case kafka::verdict::refused:
      return sink_end::refused;
    case kafka::verdict::take_over:
      return sink_end::failed;
    case kafka::verdict::again:
      break;
  }
  base::die("a lane of Kafka tries again by itself");
}

sink_end end_of(const kafka::outcome& how) { return how ? sink_end::done : end_of(how.error()); }

}  // namespace

sink_end kafka_delivery::fence() { return end_of(lane_.fence()); }

std::expected<std::optional<checkpoint::marker>, sink_end> kafka_delivery::read_marker(
    control::attempt /*delivered_to*/) {
  const auto found = lane_.read_marker();
  if (!found) {
    return std::unexpected{end_of(found.error())};
  }
  return found->transform([](const kafka::lane_marker& is) {
    return checkpoint::marker{.attempt = is.attempt, .part = is.part};
  });
}

sink_end kafka_delivery::write_first_marker() { return end_of(lane_.write_first_marker()); }

sink_end kafka_delivery::write(const checkpoint::outbox_part& part) {
  return end_of(lane_.write({.attempt = part.outbox.attempt, .part = part.part}, part.bytes));
}

}  // namespace aisle::node
