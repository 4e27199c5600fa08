// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/past_layouts.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/topology/transition.hpp"

namespace aisle::topology {
namespace {

template <class All>
std::optional<std::uint32_t> place_in(const All& all, std::string_view name) {
  const auto at = std::ranges::find_if(all, [&](const auto& one) { return one.name == name; });
  return at == all.end() ? std::nullopt
                         : std::optional{static_cast<std::uint32_t>(at - all.begin())};
}

/// The channels into any shard of a stage, as node::wire numbers them.
std::vector<std::pair<std::string, std::uint32_t>> channels_of(const manifest& in,
                                                               const manifest::stage& stage) {
  std::vector<std::string> met;
  std::vector<std::pair<std::string, std::uint32_t>> channels;
  for (const auto& stream : stage.streams) {
    const auto at = place_in(in.sources, stream.source);
    if (!at || std::ranges::find(met, stream.source) != met.end()) {
      continue;
    }
    met.push_back(stream.source);
    for (std::uint32_t p = 0; p < in.sources[*at].partitions; ++p) {
      channels.emplace_back(stream.source, p);
    }
  }
  return channels;
}

record::layout layout_of(const std::vector<manifest::field>& fields) {
  std::vector<record::field> made;
  made.reserve(fields.size());
  for (const auto& field : fields) {
    made.push_back({.name = field.name, .type = field.type, .required = field.required});
  }
  return record::layout{std::move(made)};
}

bool is_set_alike(const manifest::behaviour& a, const manifest::behaviour& b) {
  return a.kind == b.kind && a.model == b.model && a.form == b.form && a.version == b.version &&
         a.parameters == b.parameters;
}

using places = std::vector<std::optional<std::uint32_t>>;

entity::past_layout layout_of(const manifest& then, const manifest::stage& stage_then,
                              const manifest& now, const manifest::stage& stage_now,
                              places behaviours) {
  entity::past_layout made;
  made.states = static_cast<std::uint32_t>(stage_then.behaviours.size());
  made.is_same = made.states == behaviours.size();
  for (std::uint32_t b = 0; b < behaviours.size() && made.is_same; ++b) {
    made.is_same =
        behaviours[b] == b && is_set_alike(stage_then.behaviours[b], stage_now.behaviours[b]);
  }
  made.behaviours = std::move(behaviours);
  for (const auto& stream : stage_then.streams) {
    const auto at = place_in(stage_now.streams, stream.name);
    made.streams.push_back(
        {.now = at ? std::optional{static_cast<entity::stream_index>(*at)} : std::nullopt,
         .fields = layout_of(stream.fields)});
  }
  for (const auto& source : then.sources) {
    const auto at = place_in(now.sources, source.name);
    made.sources.push_back(at ? std::optional{base::source_id{static_cast<std::uint16_t>(*at)}}
                              : std::nullopt);
  }
  const auto before = channels_of(then, stage_then);
  for (const auto& channel : channels_of(now, stage_now)) {
    const auto at = std::ranges::find(before, channel);
    made.channels.push_back(at == before.end()
                                ? std::nullopt
                                : std::optional{static_cast<std::uint32_t>(at - before.begin())});
  }
  return made;
}

std::shared_ptr<const entity::kept_layouts> layouts_of(const history& all,
                                                       const manifest::stage& stage_now) {
  auto made = std::make_shared<entity::kept_layouts>();
  made->own = static_cast<std::uint32_t>(all.size());
  const auto* behind = &stage_now;
  places followed(stage_now.behaviours.size());
  for (std::uint32_t b = 0; b < followed.size(); ++b) {
    followed[b] = b;
  }
  for (auto number = made->own; --number > 0;) {
    const auto& then = all[number - 1];
    const auto* const stage = stage_before(then, *behind);
    if (stage == nullptr) {
      break;
    }
    for (auto& at : followed) {
      const auto before = at ? behaviour_before(*stage, *behind, *at) : std::nullopt;
      at = before ? std::optional{static_cast<std::uint32_t>(*before)} : std::nullopt;
    }
    made->past.emplace(number, layout_of(then, *stage, all.back(), stage_now, followed));
    behind = stage;
  }
  return made;
}

}  // namespace

std::expected<history, std::string> unpack_history(std::span<const std::string> all) {
  history read;
  for (const auto& bytes : all) {
    auto one = unpack_manifest(bytes);
    if (!one) {
      return std::unexpected{fmt::format("manifest {}: {}", read.size() + 1, one.error())};
    }
    read.push_back(*std::move(one));
  }
  return read;
}

std::vector<std::shared_ptr<const entity::kept_layouts>> past_layouts(const history& all) {
  base::check(!all.empty(), "a history ends with what the state is from now on");
  std::vector<std::shared_ptr<const entity::kept_layouts>> made;
  for (const auto& stage : all.back().stages) {
    made.push_back(layouts_of(all, stage));
  }
  return made;
}

}  // namespace aisle::topology
