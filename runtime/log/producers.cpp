// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/producers.hpp"

#include <algorithm>
#include <utility>

#include "runtime/log/bytes.hpp"

namespace aisle::log {

producer_table::judgement producer_table::judge(const producer_stamp& by,
                                                std::uint32_t count) const {
  const auto found = by.id == 0 ? known_.end() : known_.find(by.id);
  if (found == known_.end()) return {};
  const auto& known = found->second;
  if (by.epoch < known.epoch) return {.is = verdict::fenced, .repeated = 0, .known = known};
  if (by.epoch > known.epoch) return {};
  if (by.sequence > known.next_sequence) {
    return {.is = verdict::gap, .repeated = 0, .known = known};
  }
  const auto there = std::min<std::uint64_t>(known.next_sequence - by.sequence, count);
  return {.is = verdict::accept, .repeated = static_cast<std::uint32_t>(there), .known = known};
}

void producer_table::note(const batch_header& header, std::string_view marker) {
  const auto& by = header.producer;
  if (by.id == 0) return;
  auto& state = known_[by.id];
  state.epoch = by.epoch;
  state.next_sequence = by.sequence + header.count;
  if (!marker.empty()) state.marker = marker;
  state.last = base::offset{header.base.get() + header.count};
  if (known_.size() > producers_max) forget_the_most_silent();
}

std::optional<producer_state> producer_table::find(std::uint64_t id) const {
  const auto found = known_.find(id);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

void producer_table::forget_the_most_silent() {
  known_.erase(std::ranges::min_element(
      known_, {}, [](const auto& entry) { return std::pair{entry.second.last, entry.first}; }));
}

std::string producer_table::encode() const {
  std::string body;
  put_varint(body, known_.size());
  for (const auto& [id, state] : known_) {
    put(body, id);
    put_varint(body, state.epoch);
    put_varint(body, state.next_sequence);
    put_varint(body, static_cast<std::uint64_t>(state.last.get()));
    put_text(body, state.marker);
  }
  return body;
}

bool producer_table::decode(std::string_view body) {
  known_.clear();
  byte_reader from{body};
  const auto size = from.varint();
  if (size > producers_max) return false;
  for (std::uint64_t at = 0; at < size && from.ok(); ++at) {
    auto& state = known_[from.take<std::uint64_t>()];
    state.epoch = static_cast<std::uint32_t>(from.varint());
    state.next_sequence = from.varint();
    state.last = base::offset{static_cast<std::int64_t>(from.varint())};
    state.marker = from.text();
  }
  return from.ok() && from.empty();
}

}  // namespace aisle::log
