// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/replay_range.hpp"

#include <charconv>

#include <fmt/format.h>

namespace aisle::tool {
namespace {

constexpr std::string_view date_form = "2026-03-05";

/// A moment in RFC 3339, or a date: its midnight in UTC.
std::optional<base::event_time> moment_of(const std::string& text) {
  return base::parse_rfc3339(text.size() == date_form.size() ? text + "T00:00:00Z" : text);
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc{} && end == last && number >= Number{0} ? std::optional{number}
                                                                    : std::nullopt;
}

std::optional<offset_asked> offset_of(std::string_view text) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos) {
    return std::nullopt;
  }
  const auto offset = number_of<std::int64_t>(text.substr(equals + 1));
  const auto name = text.substr(0, equals);
  const auto slash = name.rfind('/');
  const auto partition = slash == std::string_view::npos
                             ? std::nullopt
                             : number_of<std::uint32_t>(name.substr(slash + 1));
  if (!offset || name.empty() || partition.has_value() != (slash != std::string_view::npos)) {
    return std::nullopt;
  }
  return offset_asked{
      .source = std::string{name.substr(0, slash)},
      .partition = partition ? std::optional{base::partition_id{*partition}} : std::nullopt,
      .offset = base::offset{*offset}};
}

std::unexpected<std::string> cannot(std::string what) { return std::unexpected{std::move(what)}; }

std::expected<void, std::string> read_from(const std::vector<std::string>& all,
                                           replay_range& into) {
  for (const auto& text : all) {
    const auto time = moment_of(text);
    auto offset = time ? std::nullopt : offset_of(text);
    if (time) {
      into.from = time;
    } else if (offset) {
      into.offsets.push_back(std::move(*offset));
    } else {
      return cannot(fmt::format(
          "--from takes a time such as 2026-03-05 or 2026-03-05T12:00:00Z, or SOURCE=OFFSET, "
          "not \"{}\"",
          text));
    }
  }
  if (all.empty()) {
    return cannot("replay needs --from, where it begins: a time, or SOURCE=OFFSET");
  }
  if (into.from && all.size() > 1) {
    return cannot("--from takes one time, or offsets, not both");
  }
  return {};
}

}  // namespace

std::expected<replay_range, std::string> read_replay_range(const replay_options& options) {
  replay_range range;
  if (auto read = read_from(options.from, range); !read) {
    return std::unexpected{std::move(read.error())};
  }
  if (!options.to.empty()) {
    const auto to = moment_of(options.to);
    if (!to) {
      return cannot(fmt::format(
          "--to takes a time such as 2026-03-05 or 2026-03-05T12:00:00Z, not \"{}\"", options.to));
    }
    range.to = *to;
  }
  if (range.from && *range.from >= range.to) {
    return cannot("--to is not after --from: nothing lies between them");
  }
  if (!options.warm_up.empty()) {
    const auto span = base::parse_duration(options.warm_up);
    if (!span || *span > std::chrono::days{10'000}) {
      return cannot(
          fmt::format("--warm-up takes a span such as 28d or 12h, not \"{}\"", options.warm_up));
    }
    range.warm_up = *span;
  }
  if (!options.warm_up.empty() && !range.from) {
    return cannot("--warm-up goes before a time: what lies before an offset has none");
  }
  return range;
}

}  // namespace aisle::tool
