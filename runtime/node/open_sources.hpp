// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/diagnostic.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/io/source.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/node/kafka_config.hpp"
#include "runtime/node/registry_config.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// What keeps a run from starting, with the file or folder it is about.
[[nodiscard]] base::diagnostic problem(const std::string& path, std::string code,
                                       std::string message);

/// A source of the plan, opened, before it is known whom it speaks to.
struct opened_source {
  std::unique_ptr<io::record_reader> records;
  std::unique_ptr<record::decoder> decoder;
};

/// What decodes records that are no CSV: of a log of any kind, whose records can hold any byte, or
/// lines of JSON. `schemas` is the node's registry, null where it has none.
[[nodiscard]] std::expected<std::unique_ptr<record::decoder>, base::diagnostic> decoder_for(
    const topology::planned_records& of, std::shared_ptr<record::schema_source> schemas);

/// The registry of the node's configuration, when a source or table of the plan needs it; null
/// otherwise. The errors are those that need one while there is none, and a secret that cannot be
/// read.
[[nodiscard]] std::expected<std::shared_ptr<record::schema_source>, base::diagnostics> registry_for(
    const topology::plan& plan, const std::optional<registry_config>& config);

/// The codes of what is wrong when a broker or a registry does not answer.
inline constexpr const char* broker_away = "broker";
inline constexpr const char* registry_away = "registry";
/// A fault, and nobody's mistake: the same command may work later.
[[nodiscard]] bool is_away(const base::diagnostic& problem);
/// What Kafka refused, or did not answer.
[[nodiscard]] base::diagnostic problem(const std::string& path, const kafka::error& why);

/// Opens every source of the plan, in its order; or says everything that is in the way. `follow`:
/// they are read on when they grow. `schemas`: as `registry_for` gave them.
[[nodiscard]] std::expected<std::vector<opened_source>, base::diagnostics> open_sources(
    const topology::plan& plan, bool follow, const kafka_config& kafka = {},
    const std::shared_ptr<record::schema_source>& schemas = {});

/// Partitions the sources have of their own, as `wire` takes them: 0 for those that have none.
[[nodiscard]] std::vector<std::uint32_t> partitions_of(const std::vector<opened_source>& sources);

/// Joins the sources to the channels they were wired to.
[[nodiscard]] std::vector<std::shared_ptr<io::source>> join(std::vector<opened_source> sources,
                                                            const wiring& wired);

}  // namespace aisle::node
