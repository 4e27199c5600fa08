// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/changes.hpp"

#include <bit>
#include <concepts>
#include <cstring>
#include <utility>

#include "runtime/base/check.hpp"

namespace aisle::checkpoint {
namespace {

constexpr std::uint8_t version_written = 1;

static_assert(std::endian::native == std::endian::little, "numbers are read where they lie");

template <std::integral Number>
void put(std::string& to, Number number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Of bytes that follow later.
template <std::unsigned_integral Number>
void put_size(std::string& to, std::size_t size) {
  base::check(std::in_range<Number>(size), "what an actor or a note keeps is bounded long before");
  put(to, static_cast<Number>(size));
}

void put(std::string& to, const attempt& of) {
  put(to, of.generation.get());
  put(to, of.epoch.get());
}

/// Never reads beyond the end: there everything is 0 and empty, and `good` is false.
class reader {
 public:
  explicit reader(std::string_view bytes) : rest_{bytes} {}

  template <std::integral Number>
  [[nodiscard]] Number number() {
    Number value{};
    const auto from = bytes(sizeof value);
    if (from.size() == sizeof value) {
      std::memcpy(&value, from.data(), sizeof value);
    }
    return value;
  }
  [[nodiscard]] std::string_view bytes(std::size_t size) {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const auto some = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return some;
  }
  [[nodiscard]] bool flag() {
    const auto value = number<std::uint8_t>();
    good_ = good_ && value <= 1;
    return value == 1;
  }
  [[nodiscard]] control::attempt attempt() {
    const auto g = number<std::int64_t>();
    return {.generation = generation{g}, .epoch = base::epoch{number<std::uint64_t>()}};
  }
  /// So many of at least so many bytes each can still come: a count that a list is made by.
  [[nodiscard]] std::size_t count(std::uint64_t of, std::size_t bytes_each) {
    if (of > rest_.size() / bytes_each) {
      good_ = false;
      return 0;
    }
    return of;
  }
  void fail() { good_ = false; }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

constexpr std::size_t actor_head_bytes = 8 + 8 + 4 + 4;
constexpr std::size_t note_head_bytes = 2 + 1 + 4;
constexpr std::size_t part_head_bytes = 8;

void put_actors(std::string& to, const entity::actor_changes* actors) {
  put(to, std::uint64_t{actors == nullptr ? 0 : actors->size()});
  if (actors != nullptr) {
    to += actors->packed();
  }
}

void put_notes(std::string& to, const std::vector<note>& notes) {
  put_size<std::uint32_t>(to, notes.size());
  for (const auto& one : notes) {
    const std::string_view bytes = one.bytes ? std::string_view{*one.bytes} : std::string_view{};
    put_size<std::uint16_t>(to, one.name.size());
    put(to, std::uint8_t{one.bytes.has_value()});
    put_size<std::uint32_t>(to, bytes.size());
    to += one.name;
    to += bytes;
  }
}

void put_outbox(std::string& to, const std::optional<outbox_change>& box) {
  put(to, std::uint8_t{box.has_value()});
  if (!box) {
    return;
  }
  put(to, box->prev);
  put(to, box->delivered_to);
  put(to, std::uint8_t{box->born});
  put_size<std::uint32_t>(to, box->parts.size());
  for (const auto& part : box->parts) {
    put(to, std::uint64_t{sizeof part.start_offset + part.bytes.size()});
    put(to, part.start_offset);
    to += part.bytes;
  }
}

void take_actors(reader& from, kv::delta& into) {
  const auto count = from.count(from.number<std::uint64_t>(), actor_head_bytes);
  into.actors.reserve(count);
  for (std::size_t i = 0; i < count && from.good(); ++i) {
    kv::change one;
    one.key_hash = from.number<std::uint64_t>();
    one.due = base::event_time{base::duration{from.number<std::int64_t>()}};
    const auto key_bytes = from.number<std::uint32_t>();
    const auto state_bytes = from.number<std::uint32_t>();
    one.key = from.bytes(key_bytes);
    one.state = from.bytes(state_bytes);
    into.actors.push_back(one);
  }
}

void take_notes(reader& from, kv::delta& into) {
  const auto count = from.count(from.number<std::uint32_t>(), note_head_bytes);
  into.notes.reserve(count);
  for (std::size_t i = 0; i < count && from.good(); ++i) {
    const auto name_bytes = from.number<std::uint16_t>();
    const bool there = from.flag();
    const auto size = from.number<std::uint32_t>();
    kv::note_change one;
    one.name = from.bytes(name_bytes);
    const auto bytes = from.bytes(size);
    if (there) {
      one.bytes = bytes;
    } else if (size != 0) {
      from.fail();
    }
    into.notes.push_back(one);
  }
}

void take_outbox(reader& from, kv::delta& into) {
  if (!from.flag()) {
    return;
  }
  auto& box = into.outbox.emplace();
  box.prev = from.attempt();
  box.delivered_to = from.attempt();
  box.born = from.flag();
  const auto count = from.count(from.number<std::uint32_t>(), part_head_bytes);
  box.parts.reserve(count);
  for (std::size_t i = 0; i < count && from.good(); ++i) {
    box.parts.push_back(from.bytes(from.number<std::uint64_t>()));
    if (!decode_part(box.parts.back())) {
      from.fail();
    }
  }
}

/// No less than it takes: a block of many megabytes that grows is copied each time.
std::size_t room_for(const changes& what) {
  constexpr std::size_t heads = 64;
  std::size_t bytes = heads + (what.actors == nullptr ? 0 : what.actors->packed().size());
  for (const auto& one : what.notes) {
    bytes += note_head_bytes + one.name.size() + (one.bytes ? one.bytes->size() : 0);
  }
  if (what.outbox) {
    for (const auto& part : what.outbox->parts) {
      bytes += part_head_bytes + sizeof part.start_offset + part.bytes.size();
    }
  }
  return bytes;
}

}  // namespace

std::string encode(const changes& what) {
  std::string bytes;
  bytes.reserve(room_for(what));
  put(bytes, version_written);
  put_actors(bytes, what.actors);
  put_notes(bytes, what.notes);
  put_outbox(bytes, what.outbox);
  return bytes;
}

std::expected<kv::delta, std::string> decode_changes(std::string_view bytes) {
  reader from{bytes};
  if (from.number<std::uint8_t>() != version_written) {
    return std::unexpected{"the changes of a shard are of another version of Aisle"};
  }
  kv::delta into;
  take_actors(from, into);
  take_notes(from, into);
  take_outbox(from, into);
  if (!from.good() || !from.at_end()) {
    return std::unexpected{"the changes of a shard are cut off or damaged"};
  }
  return into;
}

std::expected<stored_part, std::string> decode_part(std::string_view bytes) {
  reader from{bytes};
  stored_part part;
  part.start_offset = from.number<std::int64_t>();
  if (!from.good() || part.start_offset < 0) {
    return std::unexpected{"a part of an outbox does not say where it belongs"};
  }
  part.bytes = bytes.substr(sizeof part.start_offset);
  return part;
}

}  // namespace aisle::checkpoint
