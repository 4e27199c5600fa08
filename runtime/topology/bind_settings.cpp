// SPDX-License-Identifier: Apache-2.0
// The parameters of one model, from text to typed settings.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "runtime/base/time.hpp"
#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

using entity::parameter;
using entity::parameter_kind;
using entity::setting;

constexpr auto infinity = std::numeric_limits<double>::infinity();

double least_of(const parameter& p) { return p.least.value_or(-infinity); }
double most_of(const parameter& p) { return p.most.value_or(infinity); }

std::string bound_text(const parameter& p, double bound) {
  if (p.kind == parameter_kind::duration) {
    return base::to_text(base::duration{static_cast<std::int64_t>(bound)});
  }
  return fmt::format("{}", bound);
}

/// `a number from 0 to 1`, `a span, at least 1m`.
std::string expected_of(const parameter& p) {
  std::string text;
  switch (p.kind) {
    case parameter_kind::duration:
      text = "a span such as 30s, 5m or 28d";
      break;
    case parameter_kind::integer:
      text = "a whole number";
      break;
    case parameter_kind::number:
      text = "a number";
      break;
    case parameter_kind::boolean:
      return "true or false";
    case parameter_kind::text:
      return "a text";
    case parameter_kind::choice:
      return fmt::format("one of: {}", fmt::join(p.words, ", "));
    case parameter_kind::event_expression:
      return "an expression over the event";
    case parameter_kind::actor_expression:
      return "a literal, or an expression over tables this stage knows";
    case parameter_kind::input:
      return "the name of a behaviour of this stage";
  }
  if (p.least && p.most) {
    return fmt::format("{}, from {} to {}", text, bound_text(p, *p.least), bound_text(p, *p.most));
  }
  if (p.least) {
    return fmt::format("{}, at least {}", text, bound_text(p, *p.least));
  }
  return p.most ? fmt::format("{}, at most {}", text, bound_text(p, *p.most)) : text;
}

std::string_view noun_of(base::kind kind) {
  switch (kind) {
    case base::kind::null:
      return "always null";
    case base::kind::string:
      return "a text";
    case base::kind::integer:
      return "a whole number";
    case base::kind::decimal:
      return "a decimal";
    case base::kind::number:
      return "a number";
    case base::kind::boolean:
      return "true or false";
    case base::kind::timestamp:
      return "a moment";
    case base::kind::duration:
      return "a span";
  }
  return "";
}

bool yields(const parameter& p, base::kind kind) {
  const bool any_number =
      kind == base::kind::integer || kind == base::kind::decimal || kind == base::kind::number;
  return p.yields == base::kind::null || p.yields == kind ||
         (p.yields == base::kind::number && any_number);
}

/// Reads one parameter after the other.
class settings_binder {
 public:
  settings_binder(const stage_binding& stage, complaints& about,
                  const std::map<std::string, const entity::published*>& inputs)
      : stage_{stage}, about_{about}, inputs_{inputs} {}

  /// Nothing when it was complained of.
  std::optional<setting> read(const parameter& p, const base::yaml_node& at) {
    if (at.shape != base::yaml_node::shape::scalar) {
      about_.add(at, "wrong-type", fmt::format("\"{}\" has no single value", p.name),
                 expected_of(p));
      return std::nullopt;
    }
    switch (p.kind) {
      case parameter_kind::duration:
        return duration(p, at);
      case parameter_kind::integer:
        return integer(p, at);
      case parameter_kind::number:
        return number(p, at);
      case parameter_kind::boolean:
        return boolean(p, at);
      case parameter_kind::text:
        return setting{at.text};
      case parameter_kind::choice:
        return choice(p, at);
      case parameter_kind::event_expression:
        return event_expression(p, at);
      case parameter_kind::actor_expression:
        return actor_expression(p, at);
      case parameter_kind::input:
        return input(p, at);
    }
    return std::nullopt;
  }

 private:
  std::optional<setting> wrong_type(const parameter& p, const base::yaml_node& at) {
    about_.add(at, "wrong-type", fmt::format("\"{}\" does not fit \"{}\"", at.text, p.name),
               expected_of(p));
    return std::nullopt;
  }

  bool in_range(const parameter& p, double value, const base::yaml_node& at) {
    if (value >= least_of(p) && value <= most_of(p)) {
      return true;
    }
    about_.add(at, "out-of-range", fmt::format("{} is out of range for \"{}\"", at.text, p.name),
               expected_of(p));
    return false;
  }

  std::optional<setting> duration(const parameter& p, const base::yaml_node& at) {
    const auto span = base::parse_duration(at.text);
    if (!span) {
      return wrong_type(p, at);
    }
    const bool fits = in_range(p, static_cast<double>(span->count()), at);
    return fits ? std::optional<setting>{*span} : std::nullopt;
  }

  std::optional<setting> integer(const parameter& p, const base::yaml_node& at) {
    const auto whole = at.quoted ? std::nullopt : base::strict_integer(at.text);
    if (!whole) {
      return wrong_type(p, at);
    }
    const bool fits = in_range(p, static_cast<double>(*whole), at);
    return fits ? std::optional<setting>{*whole} : std::nullopt;
  }

  std::optional<setting> number(const parameter& p, const base::yaml_node& at) {
    const auto value = at.quoted ? std::nullopt : base::strict_number(at.text);
    if (!value) {
      return wrong_type(p, at);
    }
    return in_range(p, *value, at) ? std::optional<setting>{*value} : std::nullopt;
  }

  std::optional<setting> boolean(const parameter& p, const base::yaml_node& at) {
    if (at.quoted || (at.text != "true" && at.text != "false")) {
      return wrong_type(p, at);
    }
    return setting{at.text == "true"};
  }

  std::optional<setting> choice(const parameter& p, const base::yaml_node& at) {
    if (std::ranges::find(p.words, at.text) == p.words.end()) {
      about_.unknown(at, "unknown-word", fmt::format("\"{}\" does not fit \"{}\"", at.text, p.name),
                     p.words);
      return std::nullopt;
    }
    return setting{at.text};
  }

  bool yields_well(const parameter& p, base::kind kind, const base::yaml_node& at) {
    if (yields(p, kind)) {
      return true;
    }
    about_.add(
        at, "type-mismatch",
        fmt::format("\"{}\" needs {}, but this is {}", p.name, noun_of(p.yields), noun_of(kind)),
        fmt::format("an expression that yields {}", noun_of(p.yields)));
    return false;
  }

  std::optional<setting> event_expression(const parameter& p, const base::yaml_node& at) {
    auto compiled = compile_for_events(stage_, at, at.text, 0, about_);
    if (!compiled) {
      return std::nullopt;
    }
    for (const auto& program : compiled->by_stream) {
      if (program && !yields_well(p, program->type().kind, at)) {
        return std::nullopt;
      }
    }
    return setting{std::move(*compiled)};
  }

  std::optional<setting> actor_expression(const parameter& p, const base::yaml_node& at) {
    auto compiled = compile_for_actor(stage_, at, at.text, about_);
    if (!compiled || !yields_well(p, compiled->type().kind, at)) {
      return std::nullopt;
    }
    return setting{std::move(compiled)};
  }

  std::optional<setting> input(const parameter& p, const base::yaml_node& at) {
    const auto found = inputs_.find(at.text);
    if (found == inputs_.end()) {
      // Unknown names and cycles were told when the behaviours were put in order.
      return std::nullopt;
    }
    if (found->second == nullptr) {
      about_.add(at, "no-input",
                 fmt::format("\"{}\" publishes nothing that \"{}\" could read", at.text, p.name),
                 "an estimate");
      return std::nullopt;
    }
    return setting{entity::input_ref{.name = at.text, .interface = found->second}};
  }

  const stage_binding& stage_;
  complaints& about_;
  const std::map<std::string, const entity::published*>& inputs_;
};

std::vector<entity::stream_info> streams_of(const planned_stage& stage) {
  std::vector<entity::stream_info> streams;
  streams.reserve(stage.streams.size());
  for (const auto& stream : stage.streams) {
    streams.push_back({.name = stream.name, .layout = stream.layout});
  }
  return streams;
}

/// A default as if it were written where the behaviour's name is.
base::yaml_node node_of_default(const parameter& p, const base::yaml_node& name) {
  base::yaml_node node;
  node.shape = base::yaml_node::shape::scalar;
  node.text = p.fallback;
  node.line = name.line;
  node.column = name.column;
  return node;
}

void complain_of_unknown(const behaviour_spec& written, const entity::model& model,
                         complaints& about) {
  std::vector<std::string> names;
  names.reserve(model.parameters.size());
  for (const auto& p : model.parameters) {
    names.push_back(p.name);
  }
  for (const auto& [key, value] : written.node->members) {
    if (key.text != model.family && key.text != "was" &&
        std::ranges::find(names, key.text) == names.end()) {
      about.unknown(
          key, "unknown-parameter",
          fmt::format("{} {} has no parameter \"{}\"", model.family, model.name, key.text), names);
    }
  }
}

}  // namespace

bound_settings bind_settings(const stage_binding& stage, const behaviour_spec& written,
                             const entity::model& model,
                             const std::map<std::string, const entity::published*>& inputs,
                             complaints& about) {
  bound_settings bound{
      .values = {stage.written.name.text, written.name.text, streams_of(stage.made)},
      .written = {}};
  const auto before = about.count();
  settings_binder reader{stage, about, inputs};
  for (const auto& p : model.parameters) {
    const auto* const given = written.node->find(p.name);
    if (given == nullptr && p.required) {
      about.add(*written.name.node, "missing-parameter",
                fmt::format("{} {} needs \"{}\"", model.family, model.name, p.name),
                fmt::format("{}: {} ({})", p.name, expected_of(p), p.summary));
      continue;
    }
    if (given == nullptr && p.fallback.empty()) {
      bound.values.set(p.name, std::monostate{});
      continue;
    }
    const auto fallback = node_of_default(p, *written.name.node);
    const auto& at = given == nullptr ? fallback : *given;
    if (auto value = reader.read(p, at)) {
      bound.values.set(p.name, std::move(*value));
      bound.written.emplace_back(p.name, at.text);
    } else {
      bound.good = false;
    }
  }
  complain_of_unknown(written, model, about);
  bound.good = bound.good && about.count() == before;
  return bound;
}

}  // namespace aisle::topology
