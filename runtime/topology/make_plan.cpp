// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/binder.hpp"

namespace aisle::topology {

plan make_plan(const spec& from, const std::filesystem::path& file, const options& with,
               const entity::catalog& models, base::diagnostics& complaints) {
  const auto folder = (with.working_dir / file).parent_path();
  auto contract_dirs = with.contract_dirs;
  contract_dirs.insert(contract_dirs.begin(), folder / "contracts");

  binder work{.from = from,
              .with = with,
              .models = models,
              .about = {*from.document, complaints},
              .at = {.topology = folder, .working = with.working_dir},
              .shelf = contract_shelf{std::move(contract_dirs)},
              .made = {}};
  work.made.name = from.name;
  work.made.order = from.order;
  work.made.max_drift = from.max_drift;
  bind_sources(work);
  bind_tables(work);
  bind_stages(work);
  bind_sinks(work);
  if (work.misses_log) {
    work.made.needs.emplace_back("--log files:DIR");
  }
  for (const auto& name : from.origins.unset_names) {
    work.made.needs.push_back("--set " + name + "=VALUE");
  }
  return std::move(work.made);
}

}  // namespace aisle::topology
