// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/state_folder.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/kv/keys.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/record/key.hpp"

namespace aisle::tool {

namespace fs = std::filesystem;

kv::result<std::unique_ptr<kv::node_state>> open_state(const std::string& folder) {
  return kv::node_state::open({.folder = folder, .new_id = {}});
}

int state_failure(const kv::error& why, std::string_view instead) {
  fmt::print(stderr, "aisle: {}\n", why.message);
  if (why.code == kv::errc::locked && !instead.empty()) {
    fmt::print(stderr, "{}\n", instead);
  }
  return kv::is_fatal(why.code) || why.code == kv::errc::no_space ? stopped : nothing_done;
}

std::expected<known_stages, int> known_stages::read(const topology_options& options,
                                                    const kv::node_state& state) {
  known_stages made;
  if (options.topology.empty() && (!options.set.empty() || !options.log.empty())) {
    fmt::print(stderr, "aisle: --set and --log say something of a topology; give --topology\n");
    return std::unexpected{nothing_done};
  }
  if (!options.topology.empty()) {
    auto opened = open_topology(options, topology::inputs::may_be_missing);
    if (!opened) {
      report(opened.error().problems, report_form::text);
      return std::unexpected{nothing_done};
    }
    made.topology_ = std::make_unique<opened_topology>(std::move(*opened));
    made.stages_ = node::stages_of(made.topology_->plan);
  }
  const auto view = state.read();
  const auto schemas = view ? view->schemas() : std::unexpected{view.error()};
  if (!schemas) {
    return std::unexpected{state_failure(schemas.error())};
  }
  std::vector<std::string> bytes;
  std::ranges::transform(*schemas, std::back_inserter(bytes), &kv::schema::bytes);
  const auto history = topology::unpack_history(bytes);
  const auto taken = history ? made.take(*history)
                             : std::expected<void, std::string>{std::unexpected{history.error()}};
  if (!taken) {
    fmt::print(stderr, "aisle: {}\n", taken.error());
    return std::unexpected{stopped};
  }
  return made;
}

std::expected<void, std::string> known_stages::take(const topology::history& of_state) {
  if (!of_state.empty()) {
    for (const auto& stage : of_state.back().stages) {
      auto& to = known_[stage.name];
      for (const auto& field : stage.key) {
        to.key.push_back({.name = field.name, .type = field.type});
      }
      for (const auto& behaviour : stage.behaviours) {
        to.behaviours.push_back(behaviour.name);
      }
    }
  }
  std::vector<std::shared_ptr<const entity::kept_layouts>> layouts(stages_.size());
  if (topology_ && !of_state.empty()) {
    // What a run with this topology would write from now on: the shards do not matter here.
    auto all = of_state;
    all.push_back(topology::manifest_of(topology_->plan, 1));
    layouts = topology::past_layouts(all);
  }
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    auto& to = known_[stages_[i].name];
    to.key = stages_[i].key;
    to.stage = &stages_[i];
    to.layouts = layouts[i];
    entity::resting how;
    how.layouts = layouts[i];
    to.host = std::make_unique<entity::actor_host>(stages_[i], std::move(how));
  }
  return {};
}

const known_stages::known* known_stages::look_up(std::string_view stage) const {
  const auto found = known_.find(stage);
  return found == known_.end() ? nullptr : &found->second;
}

const entity::stage* known_stages::find(std::string_view name) const {
  const auto* const of = look_up(name);
  return of == nullptr ? nullptr : of->stage;
}

std::span<const record::key_field> known_stages::key_of(std::string_view stage) const {
  const auto* const of = look_up(stage);
  return of == nullptr ? std::span<const record::key_field>{} : of->key;
}

std::string known_stages::key_json(std::string_view stage, std::string_view key) const {
  std::string json;
  const auto* const of = look_up(stage);
  std::vector<base::value> values(of == nullptr ? 0 : of->key.size());
  if (of != nullptr && record::decode_key(key, of->key, values)) {
    record::append_key_json(json, of->key, key);
    return json;
  }
  const bool text =
      base::is_utf8(key) && std::ranges::none_of(key, [](unsigned char c) { return c < 0x20; });
  if (text) {
    base::append_json_string(json, key);
    return json;
  }
  base::json_object bytes{json};
  bytes.text("hex", kv::hex_of(key));
  bytes.end();
  return json;
}

std::string known_stages::states_json(std::string_view stage, std::string_view key,
                                      std::string_view kept) const {
  const auto* const of = look_up(stage);
  if (of != nullptr && of->host) {
    if (auto shown = of->host->describe_kept(key, kept)) {
      return *std::move(shown);
    }
  }
  const auto values = entity::actor_host::values_of_kept(kept);
  std::string json;
  base::json_object states{json};
  for (std::size_t i = 0; values && i < values->size(); ++i) {
    const bool named = of != nullptr && of->behaviours.size() == values->size();
    states.raw(named ? of->behaviours[i] : std::to_string(i), (*values)[i]);
  }
  states.end();
  return json;
}

std::expected<void, std::string> known_stages::read_actor(std::string_view stage,
                                                          std::string_view key,
                                                          std::string_view kept) const {
  const auto* const of = look_up(stage);
  if (of == nullptr || !of->host) {
    return {};
  }
  const auto shown = of->host->describe_kept(key, kept);
  return shown ? std::expected<void, std::string>{} : std::unexpected{shown.error()};
}

std::expected<void, std::string> known_stages::read_page(std::string_view stage,
                                                         std::string_view bytes) const {
  const auto* const of = look_up(stage);
  if (of == nullptr || of->stage == nullptr) {
    return {};
  }
  const auto layouts = of->layouts ? *of->layouts : entity::kept_layouts{};
  const auto page = entity::unpack_page(bytes, *of->stage, layouts);
  return page ? std::expected<void, std::string>{} : std::unexpected{page.error()};
}

std::string attempt_json(const control::attempt& of) {
  std::string json;
  base::json_object object{json};
  object.integer("generation", of.generation.get());
  object.integer("epoch", static_cast<std::int64_t>(of.epoch.get()));
  object.end();
  return json;
}

std::string time_text(base::event_time at) {
  const bool none = at <= base::beginning_of_time || at >= base::end_of_time;
  return none ? "" : base::to_rfc3339(at);
}

std::string written_at(const fs::path& file) {
  std::error_code absent;
  const auto at = fs::last_write_time(file, absent);
  return absent ? ""
                : base::to_rfc3339(
                      std::chrono::floor<base::duration>(std::chrono::file_clock::to_sys(at)));
}

}  // namespace aisle::tool
