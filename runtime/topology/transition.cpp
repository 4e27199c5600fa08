// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/transition.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aisle::topology {
namespace {

template <class All>
auto find(const All& all, std::string_view name) -> decltype(&all.front()) {
  const auto at = std::ranges::find_if(all, [&](const auto& one) { return one.name == name; });
  return at == all.end() ? nullptr : &*at;
}

/// By its name, or by the one it had.
template <class All, class One>
auto find_before(const All& all, const One& now) -> decltype(&all.front()) {
  const auto* const same = find(all, now.name);
  return same != nullptr || now.was.empty() ? same : find(all, now.was);
}

std::string text_of(const std::vector<manifest::field>& key) {
  std::string text = "[";
  for (const auto& field : key) {
    text +=
        fmt::format("{}{} {}", text.size() > 1 ? ", " : "", field.name, base::to_text(field.type));
  }
  return text + "]";
}

std::string_view text_of(role as) {
  switch (as) {
    case role::window:
      return "window";
    case role::estimate:
      return "estimate";
    case role::decide:
      return "decision";
    case role::report:
      return "report";
  }
  return "";
}

/// `tumbling window`, `anomaly: amount`
std::string model_of(const manifest::behaviour& b) {
  return b.role == role::window ? b.model + " window"
                                : fmt::format("{} {}: {}", text_of(b.role), b.kind, b.model);
}

using parameters = std::vector<std::pair<std::string, std::string>>;

const std::string* value_in(const parameters& all, std::string_view name) {
  const auto at = std::ranges::find(all, name, &parameters::value_type::first);
  return at == all.end() ? nullptr : &at->second;
}

/// `sigma: 4 → 5, within is new`; empty when nothing has changed.
std::string changes_of(const parameters& before, const parameters& now) {
  std::vector<std::string> changes;
  for (const auto& [name, value] : now) {
    const auto* const old = value_in(before, name);
    if (old == nullptr) {
      changes.push_back(fmt::format("{}: {} is new", name, value));
    } else if (*old != value) {
      changes.push_back(fmt::format("{}: {} → {}", name, *old, value));
    }
  }
  for (const auto& [name, value] : before) {
    if (value_in(now, name) == nullptr) {
      changes.push_back(fmt::format("{} is gone", name));
    }
  }
  return fmt::format("{}", fmt::join(changes, ", "));
}

void add(std::string& to, std::string_view what) {
  if (!what.empty()) {
    to += to.empty() ? "" : "; ";
    to += what;
  }
}

/// Why a behaviour cannot go on with what another saved.
struct objection {
  std::string why;
  bool is_final = false;
};

std::optional<objection> objection_to(const manifest::behaviour& before,
                                      const manifest::behaviour& now) {
  if (before.version > now.version && model_of(before) == model_of(now)) {
    return objection{
        fmt::format("its state has version {}, of a newer Aisle; this program knows {}",
                    before.version, now.version),
        true};
  }
  if (model_of(before) != model_of(now)) {
    return objection{fmt::format("it was {}, and is {} now", model_of(before), model_of(now))};
  }
  if (before.form != now.form) {
    return objection{
        fmt::format("what it holds was [{}], and would be [{}]", before.form, now.form)};
  }
  return std::nullopt;
}

verdict judge(const manifest::stage& stage, const manifest::behaviour& before,
              const manifest::behaviour& now) {
  verdict v{.part = part::behaviour, .stage = stage.name, .name = now.name};
  if (auto wrong = objection_to(before, now)) {
    v.fate = fate::incompatible;
    v.why = std::move(wrong->why);
    v.is_final = wrong->is_final;
    v.advice = v.is_final ? "run the newer Aisle"
                          : "put it back, give the new one a name of its own beside the old one, "
                            "or run with --drop: it then begins anew";
    return v;
  }
  if (before.name != now.name) {
    add(v.why, fmt::format("was \"{}\"", before.name));
  }
  add(v.why, changes_of(before.parameters, now.parameters));
  if (before.version < now.version) {
    v.fate = fate::migrated;
    add(v.why,
        fmt::format("saved as version {}, from now on as version {}", before.version, now.version));
  }
  return v;
}

/// Rows that wait for their order lie in the state as events of their stream.
std::string lost_rows(const manifest::stage& before, const manifest::stage& now) {
  std::size_t last = 0;
  for (const auto& stream : before.streams) {
    const auto* const there = find(now.streams, stream.name);
    if (there == nullptr) {
      continue;
    }
    const auto place = static_cast<std::size_t>(there - now.streams.data());
    if (place < last) {
      return fmt::format("it reads {} before others that came before it", stream.name);
    }
    last = place;
    if (there->source != stream.source) {
      return fmt::format("{} comes from another source", stream.name);
    }
    for (const auto& field : there->fields) {
      const auto* const old = find(stream.fields, field.name);
      if (old == nullptr && field.required) {
        return fmt::format(
            "events of {} that wait do not have the field \"{}\", which is required "
            "now",
            stream.name, field.name);
      }
      if (old != nullptr && old->type != field.type) {
        return fmt::format("\"{}\" of {} was {}, and is {} now", field.name, stream.name,
                           base::to_text(old->type), base::to_text(field.type));
      }
      if (old != nullptr && field.required && !old->required) {
        return fmt::format("\"{}\" of {} may be absent in events that wait, and is required now",
                           field.name, stream.name);
      }
    }
  }
  return {};
}

class comparer {
 public:
  comparer(const manifest& from, const manifest& to, bool any_shards)
      : from_{from}, to_{to}, any_shards_{any_shards} {}

  transition run() {
    whole();
    sources();
    stages();
    sinks();
    return std::move(made_);
  }

 private:
  verdict& say(part p, fate f, std::string name) {
    return made_.verdicts.emplace_back(verdict{.part = p, .fate = f, .name = std::move(name)});
  }
  void refuse(part p, std::string name, std::string why, std::string advice) {
    auto& v = say(p, fate::incompatible, std::move(name));
    v.why = std::move(why);
    v.advice = std::move(advice);
    v.is_final = true;
  }
  void drop(part p, std::string name, std::string why, std::string advice) {
    made_.drops.push_back({p, name});
    auto& v = say(p, fate::dropped, std::move(name));
    v.why = std::move(why);
    v.advice = std::move(advice);
  }

  void whole() {
    if (from_.topology != to_.topology) {
      refuse(part::topology, to_.topology,
             fmt::format("the state is of topology \"{}\"", from_.topology),
             "give the folder of its own state with --state, or an empty one");
    }
    if (from_.order != to_.order) {
      const auto word = [](order o) { return o == order::arrival ? "arrival" : "event_time"; };
      refuse(part::topology, to_.topology,
             fmt::format("events that wait do so in the order of {}, not of {}", word(from_.order),
                         word(to_.order)),
             fmt::format("order: {}", word(from_.order)));
    }
  }

  void sources() {
    for (const auto& now : to_.sources) {
      const auto* const before = find(from_.sources, now.name);
      if (before == nullptr) {
        say(part::source, fate::added, now.name).why = "read from its beginning";
      } else if (now.may_grow && before->partitions < now.partitions) {
        say(part::source, fate::kept, now.name).why = fmt::format(
            "read on from where it was; its topic has grown from {} to {} partitions, and the new "
            "ones are read from their beginning",
            before->partitions, now.partitions);
      } else if (now.may_grow && before->partitions > now.partitions) {
        refuse(part::source, now.name,
               fmt::format("the state has read {} partitions of its topic, which has {} now: a "
                           "topic never loses any, so it was deleted and made anew",
                           before->partitions, now.partitions),
               "begin with an empty --state, or read the topic as a source of another name");
      } else if (before->partitions != now.partitions) {
        refuse(part::source, now.name,
               fmt::format("the state has read {} partitions of it, and there are {} now",
                           before->partitions, now.partitions),
               fmt::format("read it with partitions: {}, or as a source of another name",
                           before->partitions));
      } else {
        say(part::source, fate::kept, now.name).why = "read on from where it was";
      }
    }
    for (const auto& before : from_.sources) {
      if (find(to_.sources, before.name) == nullptr) {
        drop(part::source, before.name, "the topology has no such source",
             "put it back, or run with --drop: how far it was read is then forgotten");
      }
    }
  }

  void stages() {
    std::vector<const manifest::stage*> gone_on;
    for (const auto& now : to_.stages) {
      const auto* const before = find_before(from_.stages, now);
      if (before == nullptr) {
        fresh(now, "it begins with what is read from now on");
        continue;
      }
      gone_on.push_back(before);
      stage(*before, now);
    }
    for (const auto& before : from_.stages) {
      if (std::ranges::find(gone_on, &before) == gone_on.end()) {
        drop(part::stage, before.name, "the topology has no such stage",
             "put it back, write `was: " + before.name +
                 "` in the stage that goes on with its state, or run with --drop");
      }
    }
  }

  void fresh(const manifest::stage& now, std::string_view why) {
    say(part::stage, fate::added, now.name).why = why;
    for (const auto& behaviour : now.behaviours) {
      say(part::behaviour, fate::added, behaviour.name).stage = now.name;
    }
  }

  void stage(const manifest::stage& before, const manifest::stage& now) {
    if (before.name == now.name && !now.was.empty() && find(from_.stages, now.was) != nullptr) {
      refuse(part::stage, now.name,
             fmt::format("the state has both \"{}\" and \"{}\"", now.name, now.was),
             "leave `was:` out: the stage goes on with the state of its own name");
      return;
    }
    std::string why;
    if (before.key != now.key) {
      why = fmt::format("its key was {}, and is {} now", text_of(before.key), text_of(now.key));
    } else if (before.per_key != now.per_key) {
      why = before.per_key ? "it had an actor of its own for every key"
                           : "its actors lay in shards, and every key shall have its own now";
    }
    if (!why.empty()) {
      made_.drops.push_back({part::stage, before.name});
      auto& v = say(part::stage, fate::incompatible, now.name);
      v.why = std::move(why);
      v.advice =
          "put it back, give the new stage a name of its own, or run with --drop: it then "
          "begins anew";
      return;
    }
    if (before.shards != now.shards && !any_shards_) {
      refuse(
          part::stage, now.name,
          fmt::format("the state has {} shards of it, and this run {}", before.shards, now.shards),
          fmt::format("run with --shards {}", before.shards));
      return;
    }
    if (auto lost = lost_rows(before, now); !lost.empty()) {
      refuse(part::stage, now.name, std::move(lost),
             "put it back; what it should be from now on, a stage of another name can be");
      return;
    }
    auto& v = say(part::stage, fate::kept, now.name);
    if (before.name != now.name) {
      made_.renames.push_back({.from = before.name, .to = now.name});
      v.why = fmt::format("was \"{}\"", before.name);
    }
    streams(before, now);
    behaviours(before, now);
  }

  void streams(const manifest::stage& before, const manifest::stage& now) {
    for (const auto& stream : before.streams) {
      if (find(now.streams, stream.name) == nullptr) {
        auto& v = say(part::stage, fate::dropped, now.name);
        v.why = fmt::format(
            "it does not read {} any more: events of it that wait for their turn "
            "would be forgotten",
            stream.name);
        v.advice = "put it back, or run with --drop";
      }
    }
  }

  void behaviours(const manifest::stage& before, const manifest::stage& now) {
    std::vector<const manifest::behaviour*> gone_on;
    for (const auto& behaviour : now.behaviours) {
      const auto* const old = find_before(before.behaviours, behaviour);
      if (old == nullptr) {
        auto& v = say(part::behaviour, fate::added, behaviour.name);
        v.stage = now.name;
        v.why = "it begins with what is read from now on";
        continue;
      }
      gone_on.push_back(old);
      if (old->name == behaviour.name && !behaviour.was.empty() &&
          find(before.behaviours, behaviour.was) != nullptr) {
        refuse(part::behaviour, behaviour.name,
               fmt::format("the state has both \"{}\" and \"{}\"", behaviour.name, behaviour.was),
               "leave `was:` out: it goes on with the state of its own name");
        made_.verdicts.back().stage = now.name;
        continue;
      }
      made_.verdicts.push_back(judge(now, *old, behaviour));
    }
    for (const auto& old : before.behaviours) {
      if (std::ranges::find(gone_on, &old) == gone_on.end()) {
        auto& v = say(part::behaviour, fate::dropped, old.name);
        v.stage = now.name;
        v.why = "the stage has no such behaviour";
        v.advice = "put it back, write `was: " + old.name +
                   "` in the one that goes on with its state, or run with --drop";
      }
    }
  }

  void sinks() {
    for (const auto& now : to_.sinks) {
      const auto* const before = find(from_.sinks, now.name);
      if (before == nullptr) {
        say(part::sink, fate::added, now.name);
      } else if (before->lanes != now.lanes) {
        refuse(part::sink, now.name,
               fmt::format("it had {} lanes, and has {} now", before->lanes, now.lanes),
               fmt::format("lanes: {}, or another name: how many it has is fixed at its first run",
                           before->lanes));
      } else if (before->immediate != now.immediate || before->into != now.into) {
        refuse(part::sink, now.name, "how it hands on is fixed at its first run",
               "put `delivery` and `--log` back, or give it another name");
      } else {
        say(part::sink, fate::kept, now.name);
      }
    }
    for (const auto& before : from_.sinks) {
      if (find(to_.sinks, before.name) == nullptr) {
        drop(part::sink, before.name, "the topology has no such sink",
             "put it back, or run with --drop: what it has not handed on yet is then lost");
      }
    }
  }

  const manifest& from_;
  const manifest& to_;
  bool any_shards_;
  transition made_;
};

}  // namespace

std::string_view to_text(fate f) {
  switch (f) {
    case fate::kept:
      return "kept";
    case fate::migrated:
      return "migrated";
    case fate::added:
      return "new";
    case fate::dropped:
      return "dropped";
    case fate::incompatible:
      return "incompatible";
  }
  return "";
}

std::string_view to_text(part p) {
  switch (p) {
    case part::topology:
      return "topology";
    case part::source:
      return "source";
    case part::stage:
      return "stage";
    case part::behaviour:
      return "behaviour";
    case part::sink:
      return "sink";
  }
  return "";
}

bool transition::keeps_all() const {
  return std::ranges::none_of(verdicts, [](const verdict& v) {
    return v.fate == fate::dropped || v.fate == fate::incompatible;
  });
}

bool transition::may_drop() const { return std::ranges::none_of(verdicts, &verdict::is_final); }

transition compare(const manifest& from, const manifest& to, bool any_shards) {
  return comparer{from, to, any_shards}.run();
}

std::string name_of(const verdict& v) {
  return v.stage.empty() ? fmt::format("{} \"{}\"", to_text(v.part), v.name)
                         : fmt::format("{} \"{}\" of {}", to_text(v.part), v.name, v.stage);
}

std::optional<std::string> obstacle(const transition& to, bool may_drop) {
  std::string text;
  for (const auto& v : to.verdicts) {
    const bool is_lost = v.fate == fate::dropped || v.fate == fate::incompatible;
    if (!is_lost || (may_drop && !v.is_final)) {
      continue;
    }
    text += fmt::format("{}{}: {}: {}; {}", text.empty() ? "" : "\n", name_of(v), to_text(v.fate),
                        v.why, v.advice);
  }
  return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

std::optional<std::size_t> behaviour_before(const manifest::stage& from, const manifest::stage& to,
                                            std::size_t behaviour) {
  const auto& now = to.behaviours[behaviour];
  const auto* const before = find_before(from.behaviours, now);
  if (before == nullptr || objection_to(*before, now)) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(before - from.behaviours.data());
}

const manifest::stage* stage_before(const manifest& from, const manifest::stage& stage) {
  const auto* const before = find_before(from.stages, stage);
  const bool goes_on =
      before != nullptr && before->key == stage.key && before->per_key == stage.per_key;
  return goes_on ? before : nullptr;
}

}  // namespace aisle::topology
