// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/expr/program.hpp"

namespace aisle::entity {

/// Where a behaviour is written in a topology.
enum class section : std::uint8_t {
  /// `estimates:`, read by other behaviours, emits nothing.
  estimates,
  /// `decides:`, emits decisions.
  decides,
  /// `reports:`, emits plain records.
  reports,
};

/// What a parameter takes.
enum class parameter_kind : std::uint8_t {
  /// `5m`
  duration,
  integer,
  number,
  boolean,
  text,
  /// One of a list of words.
  choice,
  /// An expression over the event (and the tables the stage knows), compiled for every stream that
  /// has its names.
  event_expression,
  /// An expression over the tables the stage knows, or a literal: the same for all events of an
  /// actor.
  actor_expression,
  /// The name of a behaviour of the same actor whose published interface is read.
  input,
};

/// One field of a model, as users write it, as `aisle list` prints it and as editors complete it.
struct parameter {
  std::string name;
  parameter_kind kind = parameter_kind::number;
  std::string summary;
  bool required = false;
  /// As it would be written; empty: the parameter may be left out and then has no value.
  std::string fallback;
  /// Bounds of a duration (ms), integer or number, both inclusive.
  std::optional<double> least;
  std::optional<double> most;
  /// The words of a choice.
  std::vector<std::string> words;
  /// What an expression must yield: `number` stands for integer, decimal or number; null for
  /// anything.
  base::kind yields = base::kind::null;
};

/// An expression over events, compiled for each stream of the stage that has all its names.
struct event_expression {
  std::vector<std::optional<expr::program>> by_stream;

  [[nodiscard]] bool feeds(stream_index stream) const {
    return stream < by_stream.size() && by_stream[stream].has_value();
  }
  /// Null for a stream it is not compiled for. An overflow is thrown as evaluation_failed: the
  /// event is then the dead letter it should be.
  [[nodiscard]] base::value of(const event& e) const;
};

/// Thrown out of a behaviour's call by event_expression::of; caught by the host.
struct evaluation_failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A behaviour named as an input: what it publishes.
struct input_ref {
  std::string name;
  const published* interface = nullptr;
};

/// A parameter's value after checking: monostate when it was left out and has no fallback.
using setting =
    std::variant<std::monostate, base::duration, std::int64_t, double, bool, std::string,
                 event_expression, std::shared_ptr<const expr::program>, input_ref>;

/// One stream of a stage, as a model may want to see it while it is made.
struct stream_info {
  /// `transactions`, `transactions.items`
  std::string name;
  const record::layout* layout = nullptr;
};

/// Everything a model is made from. Each getter asks for a parameter the entry declares, by its
/// kind; the planner has checked types, bounds, names and required ones before `make` is called.
class settings {
 public:
  settings(std::string stage, std::string name, std::vector<stream_info> streams)
      : stage_{std::move(stage)}, name_{std::move(name)}, streams_{std::move(streams)} {}

  void set(std::string parameter, setting value);

  /// The stage the behaviour belongs to and the name it is written under.
  [[nodiscard]] const std::string& stage() const { return stage_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<stream_info>& streams() const { return streams_; }

  [[nodiscard]] bool has(std::string_view parameter) const;
  [[nodiscard]] base::duration duration(std::string_view parameter) const;
  [[nodiscard]] std::int64_t integer(std::string_view parameter) const;
  [[nodiscard]] double number(std::string_view parameter) const;
  [[nodiscard]] bool boolean(std::string_view parameter) const;
  [[nodiscard]] const std::string& text(std::string_view parameter) const;
  /// Moved out: a model takes its expressions with it.
  [[nodiscard]] event_expression take_event_expression(std::string_view parameter);
  [[nodiscard]] std::shared_ptr<const expr::program> actor_expression(
      std::string_view parameter) const;
  [[nodiscard]] const input_ref& input(std::string_view parameter) const;

 private:
  [[nodiscard]] const setting& at(std::string_view parameter) const;

  std::string stage_;
  std::string name_;
  std::vector<stream_info> streams_;
  std::vector<std::pair<std::string, setting>> values_;
};

/// A model refuses its settings: which parameter, and why. Empty parameter: the whole.
struct refusal {
  std::string parameter;
  std::string message;
};

/// One model of the catalog.
struct model {
  entity::section section = section::decides;
  /// The key that chooses it and the `kind` of its decisions: `forecast`, `anomaly`, …
  std::string family;
  /// The word behind that key.
  std::string name;
  /// One sentence for `aisle list`.
  std::string summary;
  std::vector<parameter> parameters;
  std::function<std::expected<std::unique_ptr<behaviour>, refusal>(settings&)> make;
  /// The codes its decisions may carry; empty for an estimate.
  std::vector<std::string> codes;
};

/// All models a program knows. Plain data: topologies are checked against it, `aisle list` prints
/// it, the JSON Schema is made from it.
class catalog {
 public:
  explicit catalog(std::vector<model> models) : models_{std::move(models)} {}

  [[nodiscard]] const std::vector<model>& models() const { return models_; }
  [[nodiscard]] const model* find(section in, std::string_view family, std::string_view name) const;

 private:
  std::vector<model> models_;
};

}  // namespace aisle::entity
