// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::topology {

/// What a topology was when a state was written: all that says how its bytes are to be read. Kept
/// with the state, under a number that everything written carries.
struct manifest {
  struct field {
    std::string name;
    base::value_type type;
    bool required = false;
    friend bool operator==(const field&, const field&) = default;
  };
  struct source {
    std::string name;
    /// Into which it is split while it is read.
    std::uint32_t partitions = 1;
    /// They may become more while the state is kept, as those of a topic in Kafka. Of what runs,
    /// and not of a state: it is not kept.
    bool may_grow = false;
    friend bool operator==(const source& a, const source& b) {
      return a.name == b.name && a.partitions == b.partitions;
    }
  };
  /// One entry of `reads`, at its place.
  struct stream {
    std::string name;
    std::string source;
    std::vector<field> fields;
    friend bool operator==(const stream&, const stream&) = default;
  };
  struct behaviour {
    std::string name;
    /// The name it had before.
    std::string was;
    topology::role role = role::estimate;
    /// Family and model, as in planned_behaviour.
    std::string kind;
    std::string model;
    /// See planned_behaviour::form.
    std::string form;
    /// Of what it saves.
    std::uint32_t version = 0;
    /// What it is set to, for people.
    std::vector<std::pair<std::string, std::string>> parameters;
    friend bool operator==(const behaviour&, const behaviour&) = default;
  };
  struct stage {
    std::string name;
    std::string was;
    std::uint32_t shards = 1;
    bool per_key = false;
    std::vector<field> key;
    std::vector<stream> streams;
    /// In the order in which an actor's states are packed.
    std::vector<behaviour> behaviours;
    friend bool operator==(const stage&, const stage&) = default;
  };
  struct sink {
    std::string name;
    std::uint32_t lanes = 1;
    bool immediate = false;
    /// Where it hands on: `files`, `log` (the embedded one), `kafka` or `webhook`.
    std::string into;
    friend bool operator==(const sink&, const sink&) = default;
  };

  std::string topology;
  topology::order order = order::event_time;
  /// In the order of their ids.
  std::vector<source> sources;
  std::vector<stage> stages;
  std::vector<sink> sinks;
  friend bool operator==(const manifest&, const manifest&) = default;
};

/// What a state is that this plan writes. `shards` of each stage; `partitions` by source, as
/// node::wire takes them: where it is 0 or missing the plan says how many.
[[nodiscard]] manifest manifest_of(const plan& of, std::uint32_t shards,
                                   const std::vector<std::uint32_t>& partitions = {});

/// As versioned msgpack: equal manifests, equal bytes.
[[nodiscard]] std::string pack(const manifest& what);
/// Any bytes may come. The text says what is wrong: damaged, or of a newer program.
[[nodiscard]] std::expected<manifest, std::string> unpack_manifest(std::string_view bytes);

}  // namespace aisle::topology
