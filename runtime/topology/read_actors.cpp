// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "runtime/topology/spec_reader.hpp"

namespace aisle::topology {
namespace {

using base::yaml_node;
using base::yaml_reader;

constexpr std::uint32_t keys_max_usual = 10'000;
constexpr std::int64_t keys_max_most = 100'000;
constexpr std::int64_t failures_max = 1'000'000;

std::optional<word> as_was(std::optional<word> was, std::string_view what, complaints& about) {
  return was && check_name(*was->node, what, about) ? was : std::nullopt;
}

std::optional<word> take_was(yaml_reader& reader, std::string_view what, complaints& about) {
  return as_was(take_word(reader, "was", about), what, about);
}

void read_kind(yaml_reader& reader, const yaml_node& node, const std::string& where,
               complaints& about, window_spec& into) {
  const auto tumbling = reader.duration("tumbling");
  const auto sliding = reader.duration("sliding");
  const auto* const tumbling_node = node.find("tumbling");
  const auto* const sliding_node = node.find("sliding");
  if (tumbling_node != nullptr && sliding_node != nullptr) {
    about.add(*sliding_node, "two-kinds", fmt::format("{} is tumbling and sliding", where),
              "one of them");
  } else if (tumbling_node == nullptr && sliding_node == nullptr) {
    about.add(node, "missing-key", fmt::format("{} does not say of what kind it is", where),
              "tumbling: SPAN, or sliding: SPAN with every: SPAN");
  }
  into.kind = sliding_node == nullptr ? window::kind::tumbling : window::kind::sliding;
  into.size = tumbling.value_or(sliding.value_or(base::duration{0}));
  into.size_node = sliding_node == nullptr ? tumbling_node : sliding_node;
}

void read_slide(yaml_reader& reader, const yaml_node& node, const std::string& where,
                complaints& about, window_spec& into) {
  into.slide = reader.duration("every").value_or(into.slide);
  into.slide_node = node.find("every");
  const bool slides = into.kind == window::kind::sliding;
  if (slides && into.slide_node == nullptr) {
    about.add(*into.size_node, "missing-key", fmt::format("{} slides, but has no \"every\"", where),
              "every: SPAN, the time from one window's begin to the next one's");
  } else if (!slides && into.slide_node != nullptr) {
    about.add(*into.slide_node, "not-for-this", "only sliding windows have \"every\"",
              "sliding: SPAN with every: SPAN");
  }
}

void read_members(yaml_reader& reader, const yaml_node& node, const std::string& where,
                  complaints& about, window_spec& into) {
  reader.refuse("session", "session windows come with a later version; leave it out");
  if (node.find("session") == nullptr) {
    read_kind(reader, node, where, about, into);
    read_slide(reader, node, where, about, into);
  }
  into.was = take_was(reader, "window", about);
  into.lateness = reader.duration("lateness").value_or(into.lateness);
  into.lateness_node = node.find("lateness");
  if (const auto* const keep = reader.take("keep", true)) {
    into.keep = entries_of(*keep, "\"keep\"", about);
    if (keep->shape == yaml_node::shape::mapping && keep->members.empty()) {
      about.add(*keep, "empty-list", fmt::format("{} keeps nothing", where), "n: count()");
    }
  }
  reader.finish();
}

window_spec read_window(const yaml_node& key, const yaml_node& node, complaints& about) {
  window_spec made;
  made.name = {key.text, &key};
  const auto where = fmt::format("window \"{}\"", key.text);
  const auto before = about.list().size();
  yaml_reader reader{about.document(), node, where, about.list()};
  if (node.shape == yaml_node::shape::mapping) {
    read_members(reader, node, where, about, made);
  }
  made.good = about.list().size() == before;
  return made;
}

void read_windows(const yaml_node& section, complaints& about, stage_spec& into) {
  if (!expect_mapping(section, "windows", about)) {
    return;
  }
  for (const auto& [key, value] : section.members) {
    if (check_name(key, "window", about)) {
      into.windows.push_back(read_window(key, value, about));
    }
  }
}

void read_behaviours(const yaml_node& section, std::string_view what, role as, complaints& about,
                     stage_spec& into) {
  if (!expect_mapping(section, what, about)) {
    return;
  }
  for (const auto& [key, value] : section.members) {
    if (check_name(key, "behaviour", about) &&
        expect_mapping(value, fmt::format("\"{}\"", key.text), about)) {
      behaviour_spec made{.name = {key.text, &key}, .was = {}, .role = as, .node = &value};
      // The rest of it only the catalog knows.
      if (const auto* const was = value.find("was")) {
        made.was = as_was(word_of(*was, "\"was\"", about), "behaviour", about);
      }
      into.behaviours.push_back(std::move(made));
    }
  }
}

/// Names of windows and behaviours are what others call them by: each once in a stage.
void check_names_differ(const stage_spec& stage, complaints& about) {
  std::vector<const word*> names;
  names.reserve(stage.windows.size() + stage.behaviours.size());
  for (const auto& window : stage.windows) {
    names.push_back(&window.name);
  }
  for (const auto& behaviour : stage.behaviours) {
    names.push_back(&behaviour.name);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (names[i]->text == names[j]->text) {
        about.add(*names[i]->node, "duplicate-name",
                  fmt::format("stage \"{}\" has a \"{}\" already, in line {}", stage.name.text,
                              names[j]->text, names[j]->node->line),
                  "a name of its own for each window and behaviour");
        break;
      }
    }
  }
}

/// What has another name now is not there under the old one, and is one thing.
template <class All>
void check_renamed(const All& all, std::string_view what, complaints& about) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& [name, was] = all[i];
    if (was == nullptr) {
      continue;
    }
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (all[j].first->text == was->text) {
        about.add(*was->node, "bad-was",
                  i == j ? fmt::format("{} \"{}\" has this name already", what, name->text)
                         : fmt::format("{} \"{}\" cannot have been \"{}\", which is here, too",
                                       what, name->text, was->text),
                  "the name it had before, which nothing has now");
      } else if (j < i && all[j].second != nullptr && all[j].second->text == was->text) {
        about.add(*was->node, "bad-was",
                  fmt::format("{} \"{}\" and {} \"{}\" cannot both have been \"{}\"", what,
                              all[j].first->text, what, name->text, was->text),
                  "was: in one of them");
      }
    }
  }
}

using renamed = std::vector<std::pair<const word*, const word*>>;

renamed renamed_of(const auto&... lists) {
  renamed all;
  const auto add = [&](const auto& list) {
    for (const auto& one : list) {
      all.emplace_back(&one.name, one.was ? &*one.was : nullptr);
    }
  };
  (add(lists), ...);
  return all;
}

/// How the stage's actors live: results never depend on it.
void read_hosting(const yaml_node& node, yaml_reader& reader, stage_spec& into) {
  if (const auto* const shards = reader.take("shards")) {
    if (shards->text == "per_key") {
      into.keys_max = keys_max_usual;
    } else {
      reader.complain(*shards, "value", "\"shards\" of a stage is per_key or left out",
                      "per_key; the number of shards is run's --shards N");
    }
  }
  if (const auto most = reader.integer("max_keys", 1, keys_max_most)) {
    if (!into.keys_max) {
      reader.complain(node, "value", "\"max_keys\" bounds the actors of shards: per_key",
                      "shards: per_key beside it");
    }
    into.keys_max = static_cast<std::uint32_t>(*most);
  }
  into.sleep_after = reader.duration("sleep_after");
}

void read_stage(const yaml_node& key, const yaml_node& node, complaints& about, spec& into) {
  stage_spec made;
  made.name = {key.text, &key};
  const auto where = fmt::format("stage \"{}\"", key.text);
  yaml_reader reader{about.document(), node, where, about.list()};
  made.was = take_was(reader, "stage", about);
  if (const auto* const per = reader.take("per", true)) {
    made.per = words_of(*per, "\"per\"", about);
  }
  if (const auto* const reads = reader.take("reads", true)) {
    made.reads = some_words_of(*reads, "\"reads\"", about);
  }
  if (const auto* const knows = reader.take("knows")) {
    made.knows = words_of(*knows, "\"knows\"", about);
  }
  read_hosting(node, reader, made);
  const auto section = [&](std::string_view name, role as) {
    if (const auto* const member = reader.take(name)) {
      read_behaviours(*member, name, as, about, made);
    }
  };
  if (const auto* const windows = reader.take("windows")) {
    read_windows(*windows, about, made);
  }
  section("estimates", role::estimate);
  section("decides", role::decide);
  section("reports", role::report);
  if (const auto count = reader.integer("max_failures", 1, failures_max)) {
    made.max_failures = static_cast<std::uint32_t>(*count);
  }
  reader.finish();
  check_names_differ(made, about);
  check_renamed(renamed_of(made.windows, made.behaviours), "behaviour", about);
  into.stages.push_back(std::move(made));
}

}  // namespace

void read_stages(const yaml_node& section, complaints& about, spec& into) {
  if (!expect_mapping(section, "actors", about)) {
    return;
  }
  for (const auto& [key, value] : section.members) {
    if (check_name(key, "stage", about)) {
      read_stage(key, value, about, into);
    }
  }
  check_renamed(renamed_of(into.stages), "stage", about);
}

}  // namespace aisle::topology
