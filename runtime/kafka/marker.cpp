// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/marker.hpp"

#include <charconv>

#include <fmt/format.h>

namespace aisle::kafka {
namespace {

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) {
    return false;
  }
  text.remove_prefix(expected.size());
  return true;
}

template <class Number>
bool take_number(std::string_view& text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{};
}

}  // namespace

std::string transactional_id(const lane_name& of) {
  return fmt::format("aisle-{}-{}-{}-{}", of.cluster, of.topology, of.sink, of.lane.get());
}

std::string marker_topic(std::string_view topology) {
  return fmt::format("aisle-{}-markers", topology);
}

std::string marker_key(const lane_name& of) {
  return fmt::format("{}/{}/{}", of.cluster, of.sink, of.lane.get());
}

std::string to_text(const lane_marker& marker) {
  return fmt::format(R"({{"generation":{},"epoch":{},"part":{}}})", marker.attempt.generation.get(),
                     marker.attempt.epoch.get(), marker.part);
}

std::optional<lane_marker> read_marker(std::string_view text) {
  std::int64_t generation = 0;
  std::uint64_t epoch = 0;
  lane_marker found;
  const bool whole = take(text, R"({"generation":)") && take_number(text, generation) &&
                     take(text, R"(,"epoch":)") && take_number(text, epoch) &&
                     take(text, R"(,"part":)") && take_number(text, found.part) && text == "}";
  found.attempt = {.generation = control::generation{generation}, .epoch = base::epoch{epoch}};
  return whole ? std::optional{found} : std::nullopt;
}

}  // namespace aisle::kafka
