// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/manifest.hpp"

#include <limits>

#include <fmt/format.h>

#include "runtime/base/pack.hpp"

namespace aisle::topology {
namespace {

constexpr std::int64_t manifest_version = 1;
/// Of each list; a topology file is bounded far below.
constexpr std::uint32_t entries_max = 1 << 16;
/// Digits behind the point of a decimal: more than any contract takes.
constexpr std::uint8_t scale_max = 18;

std::vector<manifest::field> fields_of(const record::layout& layout) {
  std::vector<manifest::field> fields;
  fields.reserve(layout.fields().size());
  for (const auto& field : layout.fields()) {
    fields.push_back({.name = field.name, .type = field.type, .required = field.required});
  }
  return fields;
}

manifest::behaviour behaviour_of(const planned_behaviour& from) {
  return {.name = from.name,
          .was = from.was,
          .role = from.role,
          .kind = from.kind,
          .model = from.model,
          .form = from.form,
          .version = from.behaviour->version(),
          .parameters = from.parameters};
}

manifest::stage stage_of(const plan& of, const planned_stage& from, std::uint32_t shards) {
  manifest::stage stage{.name = from.name,
                        .was = from.was,
                        .shards = from.keys_max ? 1 : shards,
                        .per_key = from.keys_max.has_value(),
                        .key = {},
                        .streams = {},
                        .behaviours = {}};
  for (const auto& field : from.key) {
    stage.key.push_back({.name = field.name, .type = field.type, .required = true});
  }
  for (const auto& stream : from.streams) {
    stage.streams.push_back({.name = stream.name,
                             .source = of.sources[stream.source.get()].name,
                             .fields = fields_of(*stream.layout)});
  }
  for (const auto& behaviour : from.behaviours) {
    stage.behaviours.push_back(behaviour_of(behaviour));
  }
  return stage;
}

std::string place_of(const planned_sink& sink) {
  if (sink.log) {
    return sink.log->kind == log_kind::kafka ? "kafka" : "log";
  }
  return sink.webhook ? "webhook" : "files";
}

/// One list of members serves writing and reading, so that none can be forgotten in one of them.
/// Each struct is an array of its members.
class writer {
 public:
  explicit writer(std::string& to) : to_{to} {}

  void operator()(const auto&... members) {
    to_.array(sizeof...(members));
    (put(members), ...);
  }

 private:
  void put(const std::string& text) { to_.text(text); }
  void put(bool flag) { to_.boolean(flag); }
  void put(std::uint32_t number) { to_.integer(number); }
  void put(std::int64_t number) { to_.integer(number); }
  template <class Choice>
  void put(Choice choice)
    requires std::is_enum_v<Choice>
  {
    to_.integer(static_cast<std::int64_t>(choice));
  }
  template <class One>
  void put(const std::vector<One>& all) {
    to_.array(static_cast<std::uint32_t>(all.size()));
    for (const auto& one : all) {
      members(*this, one);
    }
  }
  void put(base::value_type type) {
    put(type.kind);
    put(std::uint32_t{type.scale});
  }

  base::packer to_;
};

class reader {
 public:
  explicit reader(std::string_view from) : from_{from} {}

  void operator()(auto&... members) {
    if (from_.array(sizeof...(members)) != sizeof...(members)) {
      from_.fail();
    }
    (take(members), ...);
  }
  [[nodiscard]] bool done() const { return from_.done(); }
  [[nodiscard]] bool ok() const { return from_.ok(); }

 private:
  void take(std::string& text) { text = from_.text(); }
  void take(bool& flag) { flag = from_.boolean(); }
  void take(std::int64_t& number) { number = from_.integer(); }
  void take(std::uint32_t& number) {
    number = below<std::uint32_t>(std::numeric_limits<std::uint32_t>::max());
  }
  void take(topology::order& order) { order = below<topology::order>(order::arrival); }
  void take(topology::role& role) { role = below<topology::role>(role::report); }
  void take(base::value_type& type) {
    type.kind = below<base::kind>(base::kind::duration);
    type.scale = below<std::uint8_t>(scale_max);
  }
  template <class One>
  void take(std::vector<One>& all) {
    for (auto left = from_.array(entries_max); left > 0 && from_.ok(); --left) {
      members(*this, all.emplace_back());
    }
  }
  template <class Number>
  Number below(Number most) {
    const auto number = from_.integer();
    if (number < 0 || number > static_cast<std::int64_t>(most)) {
      from_.fail();
      return {};
    }
    return static_cast<Number>(number);
  }

  base::unpacker from_;
};

template <class M, class Struct>
concept is = std::same_as<std::remove_const_t<M>, Struct>;

void members(auto& archive, is<manifest::field> auto& f) { archive(f.name, f.type, f.required); }
void members(auto& archive, is<manifest::source> auto& s) { archive(s.name, s.partitions); }
void members(auto& archive, is<manifest::stream> auto& s) { archive(s.name, s.source, s.fields); }
void members(auto& archive, is<std::pair<std::string, std::string>> auto& p) {
  archive(p.first, p.second);
}
void members(auto& archive, is<manifest::behaviour> auto& b) {
  archive(b.name, b.was, b.role, b.kind, b.model, b.form, b.version, b.parameters);
}
void members(auto& archive, is<manifest::stage> auto& s) {
  archive(s.name, s.was, s.shards, s.per_key, s.key, s.streams, s.behaviours);
}
void members(auto& archive, is<manifest::sink> auto& s) {
  archive(s.name, s.lanes, s.immediate, s.into);
}
void members(auto& archive, is<manifest> auto& m) {
  archive(m.topology, m.order, m.sources, m.stages, m.sinks);
}

}  // namespace

manifest manifest_of(const plan& of, std::uint32_t shards,
                     const std::vector<std::uint32_t>& partitions) {
  manifest made;
  made.topology = of.name;
  made.order = of.order;
  for (std::size_t s = 0; s < of.sources.size(); ++s) {
    const bool has_own = s < partitions.size() && partitions[s] > 0;
    const auto& source = of.sources[s];
    made.sources.push_back({.name = source.name,
                            .partitions = has_own ? partitions[s] : source.partitions,
                            .may_grow = source.log && source.log->kind == log_kind::kafka});
  }
  for (const auto& stage : of.stages) {
    made.stages.push_back(stage_of(of, stage, shards));
  }
  for (const auto& sink : of.sinks) {
    made.sinks.push_back({.name = sink.name,
                          .lanes = sink.lanes,
                          .immediate = sink.immediate,
                          .into = place_of(sink)});
  }
  return made;
}

std::string pack(const manifest& what) {
  std::string bytes;
  base::packer{bytes}.integer(manifest_version);
  writer to{bytes};
  members(to, what);
  return bytes;
}

std::expected<manifest, std::string> unpack_manifest(std::string_view bytes) {
  // The version stands alone before the rest, which only its own reader understands.
  base::unpacker head{bytes.substr(0, 1)};
  const auto version = head.integer();
  if (!head.done() || version < 1) {
    return std::unexpected{std::string{"what says how the state was written is damaged"}};
  }
  if (version > manifest_version) {
    return std::unexpected{
        fmt::format("the state was written by a newer Aisle: its manifest has version {}, this "
                    "program knows {}; run the newer one",
                    version, manifest_version)};
  }
  reader from{bytes.substr(1)};
  manifest read;
  members(from, read);
  if (!from.done()) {
    return std::unexpected{std::string{"what says how the state was written is damaged"}};
  }
  return read;
}

}  // namespace aisle::topology
