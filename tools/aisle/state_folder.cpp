// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/state_folder.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

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

std::expected<known_stages, int> known_stages::read(const topology_options& options) {
  known_stages made;
  if (options.topology.empty()) {
    if (options.set.empty() && options.log.empty()) {
      return made;
    }
    fmt::print(stderr, "aisle: --set and --log say something of a topology; give --topology\n");
    return std::unexpected{nothing_done};
  }
  auto opened = open_topology(options, topology::inputs::may_be_missing);
  if (!opened) {
    report(opened.error().problems, report_form::text);
    return std::unexpected{nothing_done};
  }
  made.topology_ = std::make_unique<opened_topology>(std::move(*opened));
  made.stages_ = node::stages_of(made.topology_->plan);
  return made;
}

const entity::stage* known_stages::find(std::string_view name) const {
  const auto found = std::ranges::find(stages_, name, &entity::stage::name);
  return found == stages_.end() ? nullptr : &*found;
}

std::string known_stages::key_json(std::string_view stage, std::string_view key) const {
  std::string json;
  const auto* const known = find(stage);
  if (known != nullptr) {
    std::vector<base::value> values(known->key.size());
    if (record::decode_key(key, known->key, values)) {
      record::append_key_json(json, known->key, key);
      return json;
    }
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

std::string known_stages::states_json(std::string_view stage, std::string_view kept) const {
  const auto* const known = find(stage);
  auto named = known == nullptr ? std::unexpected{std::string{}}
                                : entity::actor_host::describe_kept(*known, kept);
  return named ? *named : entity::actor_host::describe_kept(kept).value_or("null");
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
