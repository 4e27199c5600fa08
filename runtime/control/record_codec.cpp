// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/record_codec.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/pack.hpp"

namespace aisle::control {
namespace {

/// Both directions go through the same `fields` below, so that they cannot disagree on an order.
class encoder {
 public:
  explicit encoder(std::string& to) : to_{to} {}

  void number(std::int64_t& value) { to_.integer(value); }
  void text(std::string& value) { to_.text(value); }
  void flag(bool& value) { to_.boolean(value); }
  template <class Item>
  std::uint32_t size(std::vector<Item>& list, std::uint32_t size_max) {
    base::check(list.size() <= size_max, "lists of a record keep to their bounds");
    to_.array(static_cast<std::uint32_t>(list.size()));
    return static_cast<std::uint32_t>(list.size());
  }
  void refuse() {}

 private:
  base::packer to_;
};

class decoder {
 public:
  explicit decoder(base::unpacker& from) : from_{from} {}

  void number(std::int64_t& value) { value = from_.integer(); }
  void text(std::string& value) { value = from_.text(); }
  void flag(bool& value) { value = from_.boolean(); }
  /// Items are made one by one, so that a lie about the size costs no memory.
  template <class Item>
  std::uint32_t size(std::vector<Item>&, std::uint32_t size_max) {
    return from_.array(size_max);
  }
  void refuse() { from_.fail(); }
  [[nodiscard]] bool ok() const { return from_.ok(); }

 private:
  base::unpacker& from_;
};

template <class Archive, class Number>
void bits(Archive& a, Number& value) {
  auto wide = static_cast<std::int64_t>(value);
  a.number(wide);
  value = static_cast<Number>(wide);
  if (static_cast<std::int64_t>(value) != wide) {
    a.refuse();
  }
}

template <class Archive, class Number, class Tag>
void fields(Archive& a, base::named<Number, Tag>& id) {
  auto number = id.get();
  bits(a, number);
  id = base::named<Number, Tag>{number};
}

template <class Archive, class Tag>
void fields(Archive& a, random_id<Tag>& id) {
  bits(a, id.high);
  bits(a, id.low);
}

template <class Archive>
void fields(Archive& a, base::hash128& hash) {
  bits(a, hash.high);
  bits(a, hash.low);
}

template <class Archive>
void fields(Archive& a, std::string& text) {
  a.text(text);
}

template <class Archive>
void fields(Archive& a, base::event_time& time) {
  auto ms = std::int64_t{time.time_since_epoch().count()};
  a.number(ms);
  time = base::event_time{base::duration{ms}};
}

template <class Item>
void list(encoder& a, std::vector<Item>& items, std::uint32_t size_max) {
  a.size(items, size_max);
  for (auto& item : items) {
    fields(a, item);
  }
}

template <class Item>
void list(decoder& a, std::vector<Item>& items, std::uint32_t size_max) {
  const auto size = a.size(items, size_max);
  for (std::uint32_t i = 0; i < size && a.ok(); ++i) {
    fields(a, items.emplace_back());
  }
}

template <class Archive>
void fields(Archive& a, attempt& x) {
  fields(a, x.generation);
  fields(a, x.epoch);
}

template <class Archive>
void fields(Archive& a, shard_name& x) {
  auto kind = std::to_underlying(x.kind);
  bits(a, kind);
  if (kind > std::to_underlying(shard_kind::source)) {
    a.refuse();
  }
  x.kind = shard_kind{kind};
  a.text(x.of);
  bits(a, x.number);
}

template <class Archive>
void fields(Archive& a, partition_name& x) {
  a.text(x.source);
  bits(a, x.number);
}

template <class Archive>
void fields(Archive& a, source_state& x) {
  fields(a, x.partition);
  fields(a, x.next);
  fields(a, x.highest);
  a.flag(x.idle);
}

template <class Archive>
void fields(Archive& a, table_state& x) {
  a.text(x.table);
  fields(a, x.version);
}

template <class Archive>
void fields(Archive& a, cut_state& x) {
  list(a, x.sources, partitions_max);
  list(a, x.tables, tables_max);
}

template <class Archive>
void fields(Archive& a, member& x) {
  a.text(x.node.text);
  fields(a, x.incarnation);
  fields(a, x.kv);
}

template <class Archive>
void fields(Archive& a, shard_placement& x) {
  fields(a, x.shard);
  fields(a, x.owner);
  list(a, x.required, members_max);
}

template <class Archive>
void fields(Archive& a, reader_placement& x) {
  fields(a, x.partition);
  fields(a, x.reader);
}

template <class Archive>
void fields(Archive& a, shard_holders& x) {
  fields(a, x.shard);
  list(a, x.holders, members_max);
  fields(a, x.checksum);
}

template <class Archive>
void fields(Archive& a, lane_marker& x) {
  fields(a, x.lane);
  fields(a, x.marker);
}

template <class Archive>
void fields(Archive& a, log_record& x) {
  fields(a, x.log);
  fields(a, x.cluster);
  bits(a, x.format);
}

template <class Archive>
void fields(Archive& a, claim_record& x) {
  a.text(x.node.text);
  fields(a, x.incarnation);
  a.text(x.address);
}

template <class Archive>
void fields(Archive& a, assign_record& x) {
  fields(a, x.from);
  fields(a, x.state);
  list(a, x.members, members_max);
  list(a, x.shards, shards_max);
  list(a, x.readers, partitions_max);
  a.flag(x.degraded);
  fields(a, x.topology);
}

template <class Archive>
void fields(Archive& a, complete_record& x) {
  fields(a, x.attempt);
  fields(a, x.state);
  list(a, x.members, members_max);
  list(a, x.shards, shards_max);
}

template <class Archive>
void fields(Archive& a, reset_record& x) {
  fields(a, x.assign);
  list(a, x.lost, shards_max);
  list(a, x.markers, shards_max);
  a.text(x.ordered_by);
}

bool all_below(const std::vector<member_index>& list, std::size_t members) {
  for (const auto index : list) {
    if (index.get() >= members) {
      return false;
    }
  }
  return true;
}

/// Every index names a member of the same record; an owner's copy is required.
bool holds_together(const assign_record& x) {
  for (const auto& shard : x.shards) {
    const auto& required = shard.required;
    if (!all_below(required, x.members.size()) ||
        std::find(required.begin(), required.end(), shard.owner) == required.end()) {
      return false;
    }
  }
  for (const auto& reader : x.readers) {
    if (reader.reader.get() >= x.members.size()) {
      return false;
    }
  }
  return true;
}

bool holds_together(const record& what) {
  if (const auto* const assign = assign_of(what)) {
    return holds_together(*assign);
  }
  if (const auto* const complete = std::get_if<complete_record>(&what)) {
    for (const auto& shard : complete->shards) {
      if (!all_below(shard.holders, complete->members.size())) {
        return false;
      }
    }
  }
  return true;
}

std::unexpected<error> damaged(log_offset at) {
  return base::fail(errc::damaged,
                    fmt::format("control log: what stands at offset {} is no record of Aisle; "
                                "the log is damaged, or this is another topic",
                                at.get()));
}

/// An empty record of the kind with this number.
std::optional<record> record_of_kind(std::int64_t kind) {
  switch (kind) {
    case 0:
      return log_record{};
    case 1:
      return claim_record{};
    case 2:
      return assign_record{};
    case 3:
      return complete_record{};
    case 4:
      return reset_record{};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string encode(const record& what, log_offset after) {
  std::string bytes;
  base::packer to{bytes};
  to.integer(record_format);
  to.integer(static_cast<std::int64_t>(what.index()));
  to.integer(after.get());
  encoder a{bytes};
  auto copy = what;
  std::visit([&](auto& x) { fields(a, x); }, copy);
  return bytes;
}

result<log_entry> decode(std::string_view bytes, log_offset at) {
  base::unpacker from{bytes};
  const auto format = from.integer();
  if (from.ok() && format > record_format) {
    return base::fail(errc::newer_format,
                      fmt::format("control log: the record at offset {} has format {}, and this "
                                  "program reads up to {}; start the newer Aisle here too",
                                  at.get(), format, record_format));
  }
  auto what = record_of_kind(from.integer());
  const log_offset after{from.integer()};
  if (!from.ok() || format < 1 || !what) {
    return damaged(at);
  }
  decoder a{from};
  std::visit([&](auto& x) { fields(a, x); }, *what);
  if (!from.done() || !holds_together(*what)) {
    return damaged(at);
  }
  return log_entry{.at = at, .after = after, .what = *std::move(what)};
}

}  // namespace aisle::control
