// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/kept_actors.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/base/yaml.hpp"
#include "runtime/checkpoint/state_report.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/node/query.hpp"
#include "runtime/record/key.hpp"
#include "tools/aisle/state_folder.hpp"

namespace aisle::tool {
namespace {

int refuse(const std::string& what) {
  fmt::print(stderr, "aisle: {}\n", what);
  return nothing_done;
}

/// The line of an actor, as a running node says it; by guess where the stage is not known.
std::string line_of(const known_stages& known, const std::string& stage,
                    const kv::actor_state& actor, bool with_state) {
  const auto view = entity::actor_host::view_of_kept(
      {.key_hash = actor.key_hash, .key = actor.key, .bytes = actor.bytes});
  const auto state = with_state ? known.states_json(stage, actor.key, actor.bytes) : std::string{};
  const auto* const of = known.find(stage);
  if (of != nullptr && view) {
    return node::line_of(*of, *view, state);
  }
  std::string json;
  base::json_object line{json};
  line.text("stage", stage);
  line.raw("key", known.key_json(stage, actor.key));
  line.boolean("awake", false);
  line.boolean("quarantined", view && view->quarantined);
  line.integer("failures", view ? view->failures : 0);
  line.integer("bytes", static_cast<std::int64_t>(actor.bytes.size()));
  line.text_or_null("last", view ? time_text(view->last) : "");
  line.text_or_null("due", view ? time_text(view->due) : "");
  if (with_state) {
    line.raw("state", state);
  }
  line.end();
  return json;
}

/// Looks at the actors of a state as its last complete epoch left them.
class kept_look {
 public:
  kept_look(const actor_options& options, const known_stages& known, kv::node_state& state)
      : options_{options}, known_{known}, state_{state} {}

  kv::result<int> run() {
    const auto log = checkpoint::follow_log(state_);
    if (!log) {
      return std::unexpected{log.error()};
    }
    complete_ = log->log.stood_on();
    const auto view = state_.read();
    if (!view) {
      return std::unexpected{view.error()};
    }
    auto copies = view->copies();
    if (!copies) {
      return std::unexpected{copies.error()};
    }
    std::ranges::sort(*copies, {}, &kv::copy_facts::shard);
    for (auto& copy : *copies) {
      if (copy.shard.kind == control::shard_kind::stage &&
          copy.row.state == kv::copy_state::whole) {
        stages_[copy.shard.of].push_back(std::move(copy));
      }
    }
    if (!options_.stage.empty() && !stages_.contains(options_.stage)) {
      return refuse(
          fmt::format("there is no stage \"{}\"; this state has {}", options_.stage, names()));
    }
    return options_.what == "ls" ? list(*view) : get(*view);
  }

 private:
  [[nodiscard]] std::string names() const {
    std::string names;
    for (const auto& [name, copies] : stages_) {
      names += (names.empty() ? "" : ", ") + name;
    }
    return names.empty() ? "none" : names;
  }

  [[nodiscard]] kv::result<kv::copy_reader> open(const kv::snapshot& view,
                                                 const kv::copy_facts& copy) const {
    return complete_ == control::the_beginning ? view.open(copy.id) : view.open(copy.id, complete_);
  }

  kv::result<int> list(const kv::snapshot& view) {
    auto left = options_.limit;
    for (const auto& [name, copies] : stages_) {
      for (const auto& copy : copies) {
        if (left == 0 || (!options_.stage.empty() && name != options_.stage)) {
          continue;
        }
        auto reader = open(view, copy);
        const auto scanned = reader ? reader->scan(copy.row.hashes.first,
                                                   [&](const kv::actor_state& actor) {
                                                     left -= std::uint64_t{print(name, actor)};
                                                     return left > 0;
                                                   })
                                    : std::unexpected{reader.error()};
        if (!scanned) {
          return std::unexpected{scanned.error()};
        }
      }
    }
    return done;
  }

  bool print(const std::string& stage, const kv::actor_state& actor) const {
    const bool wanted =
        !actor.bytes.empty() &&
        (!options_.quarantined || entity::actor_host::quarantined_in_kept(actor.bytes));
    if (wanted) {
      fmt::print("{}\n", line_of(known_, stage, actor, false));
    }
    return wanted;
  }

  kv::result<int> get(const kv::snapshot& view) {
    const auto keys = possible_keys();
    if (!keys) {
      return refuse(keys.error());
    }
    for (const auto& key : *keys) {
      const auto hash = base::hash64(key);
      for (const auto& copy : stages_.at(options_.stage)) {
        if (!copy.row.hashes.holds(hash)) {
          continue;
        }
        auto reader = open(view, copy);
        const auto found = reader ? reader->get(hash, key) : std::unexpected{reader.error()};
        if (!found) {
          return std::unexpected{found.error()};
        }
        if (*found && !(*found)->bytes.empty()) {
          fmt::print("{}\n", line_of(known_, options_.stage, **found, true));
          return done;
        }
      }
    }
    fmt::print(stderr, "aisle: there is no such actor\n");
    return problems_found;
  }

  /// Where the stage is not known, a word may be a text or a number.
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> possible_keys() const {
    if (const auto fields = known_.key_of(options_.stage); !fields.empty()) {
      auto key = node::encode_key(options_.stage, fields, options_.key);
      if (!key) {
        return std::unexpected{key.error()};
      }
      return std::vector{*std::move(key)};
    }
    std::vector<std::vector<base::value>> all{{}};
    for (const auto& text : options_.key) {
      std::vector<std::vector<base::value>> longer;
      const auto number = base::strict_integer(text);
      for (const auto& before : all) {
        longer.push_back(before);
        longer.back().push_back(base::value::of(std::string_view{text}));
        if (number) {
          longer.push_back(before);
          longer.back().push_back(base::value::of(*number));
        }
      }
      all = std::move(longer);
    }
    std::vector<std::string> keys;
    for (const auto& values : all) {
      record::encode_key(keys.emplace_back(), values);
    }
    return keys;
  }

  const actor_options& options_;
  const known_stages& known_;
  kv::node_state& state_;
  control::attempt complete_;
  std::map<std::string, std::vector<kv::copy_facts>> stages_;
};

}  // namespace

int kept_actor_command(const actor_options& options) {
  constexpr std::size_t key_fields_max = 8;
  if (options.what == "release") {
    return refuse("a running node releases actors; start it, then release: it says so at once");
  }
  if (!options.node.empty()) {
    return refuse("--node is a node that runs, --state one that does not; give one of them");
  }
  if (options.key.size() > key_fields_max) {
    return refuse("a key has no more than 8 fields");
  }
  const auto state = open_state(options.state);
  if (!state) {
    return state_failure(state.error(), "Ask the node itself: the same command without --state.");
  }
  const auto known = known_stages::read(options, **state);
  if (!known) {
    return known.error();
  }
  const auto code = kept_look{options, *known, **state}.run();
  return code ? *code : state_failure(code.error());
}

}  // namespace aisle::tool
