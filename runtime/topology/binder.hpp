// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entity/catalog.hpp"
#include "runtime/topology/complaints.hpp"
#include "runtime/topology/contract_shelf.hpp"
#include "runtime/topology/load.hpp"

namespace aisle::topology {

/// What the steps of `make_plan` share. Each step appends to `made` and complains in `about`.
struct binder {
  const spec& from;
  const options& with;
  const entity::catalog& models;
  complaints about;
  folders at;
  contract_shelf shelf;
  plan made;

  /// A topic was met without `--log`.
  bool misses_log = false;
};

/// A topic without `--log`: complained of once, where a run needs it.
void miss_log(binder& work, const word& topic, std::string expected);

/// Records of it may hold any byte.
[[nodiscard]] bool is_binary(std::optional<format> of);
/// Records that may hold any byte need something that says where each ends, and lines do not. False
/// when it complained.
[[nodiscard]] bool check_places(binder& work, const records_spec& written);
/// schema and envelope: whether they go with the format.
void bind_decoding(binder& work, const records_spec& written, planned_records& made);
/// What a source says of deletions, which only an envelope tells of.
void bind_deletes(binder& work, const source_spec& written, planned_source& made);
/// Deletions take rows of a table; only a topic that is kept current brings any.
void bind_deletes(binder& work, const table_spec& written, planned_table& made);
/// Whether records of the stated schema can be those of the contract.
void try_schema(binder& work, const records_spec& written, const planned_records& made);

/// The entries of a section in the order of their names, which is how a plan numbers them.
template <class Spec>
std::vector<const Spec*> by_name(const std::vector<Spec>& written) {
  std::vector<const Spec*> sorted;
  sorted.reserve(written.size());
  for (const auto& one : written) {
    sorted.push_back(&one);
  }
  std::ranges::sort(sorted, {}, [](const Spec* one) { return one->name.text; });
  return sorted;
}

// The steps, in this order.
void bind_sources(binder& work);
void bind_tables(binder& work);
void bind_stages(binder& work);
void bind_sinks(binder& work);

/// A stage while it is bound.
struct stage_binding {
  const stage_spec& written;
  planned_stage& made;
  /// The names in reach of an event's expression, one scope per stream: its fields and those of the
  /// tables.
  std::vector<expr::scope> by_stream;
  /// The names in reach without an event: `table.field`.
  expr::scope of_tables;
  /// False when a stream or table is missing because of an error that was told: an unknown name may
  /// then be nobody's fault, and nothing is made.
  bool complete = true;
};

/// Windows, estimates, decides, reports of a stage: looked up, checked, ordered, made.
void bind_behaviours(binder& work, stage_binding& stage);

/// The model a behaviour names: its first member that is a family of its section says which. Null,
/// and complained of, when there is none.
[[nodiscard]] const entity::model* find_model(binder& work, const behaviour_spec& written);

/// Makes one window; nothing when something about it was complained of.
[[nodiscard]] std::optional<planned_behaviour> bind_window(binder& work, const stage_binding& stage,
                                                           const window_spec& written);

/// Compiles an expression for every stream that has all its names; complains when none has. `shift`
/// is where the expression begins in the scalar.
[[nodiscard]] std::optional<entity::event_expression> compile_for_events(const stage_binding& stage,
                                                                         const base::yaml_node& at,
                                                                         std::string_view text,
                                                                         std::size_t shift,
                                                                         complaints& about);

/// Compiles an expression over tables and literals.
[[nodiscard]] std::shared_ptr<const expr::program> compile_for_actor(const stage_binding& stage,
                                                                     const base::yaml_node& at,
                                                                     std::string_view text,
                                                                     complaints& about);

/// A behaviour's settings: every parameter the model declares, from the member of that name or from
/// its default. `inputs` gives the published interface of a behaviour by its name.
struct bound_settings {
  entity::settings values;
  /// Every parameter with its text, for people.
  std::vector<std::pair<std::string, std::string>> written;
  bool good = true;
};
[[nodiscard]] bound_settings bind_settings(
    const stage_binding& stage, const behaviour_spec& written, const entity::model& model,
    const std::map<std::string, const entity::published*>& inputs, complaints& about);

}  // namespace aisle::topology
