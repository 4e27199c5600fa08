// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/lane_delivery.hpp"

#include "runtime/base/pack.hpp"

namespace aisle::node {
namespace {

std::string pack(const checkpoint::outbox_part& part) {
  std::string bytes;
  base::packer to{bytes};
  to.integer(part.outbox.attempt.generation.get());
  to.integer(static_cast<std::int64_t>(part.outbox.attempt.epoch.get()));
  to.integer(part.part);
  return bytes;
}

std::optional<checkpoint::marker> unpack(std::string_view bytes) {
  base::unpacker from{bytes};
  checkpoint::marker found;
  found.attempt.generation = control::generation{from.integer()};
  found.attempt.epoch = base::epoch{static_cast<std::uint64_t>(from.integer())};
  found.part = static_cast<std::uint32_t>(from.integer());
  return from.done() ? std::optional{found} : std::nullopt;
}

}  // namespace

std::expected<std::optional<checkpoint::marker>, checkpoint::sink_end> lane_delivery::read_marker(
    control::attempt delivered_to) {
  const checkpoint::marker known{.attempt = delivered_to, .part = 0};
  if (!to_->keeps_marks()) {
    return known;
  }
  if (const auto mark = to_->mark()) {
    return unpack(*mark);
  }
  return delivered_to == control::the_beginning ? std::optional{known} : std::nullopt;
}

checkpoint::sink_end lane_delivery::write(const checkpoint::outbox_part& part) {
  auto done =
      to_->write_marked(static_cast<std::uint64_t>(part.start_offset), part.bytes, pack(part));
  if (done) {
    done = to_->sync();
  }
  if (done) {
    return checkpoint::sink_end::done;
  }
  why_ = done.error().message;
  return io::can_be_retried(done.error().code) ? checkpoint::sink_end::failed
                                               : checkpoint::sink_end::refused;
}

}  // namespace aisle::node
