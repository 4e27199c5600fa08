// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/ledger.hpp"

#include <utility>

#include "runtime/base/hash.hpp"
#include "runtime/base/pack.hpp"
#include "runtime/kv/bytes.hpp"

namespace aisle::kv {
namespace {

constexpr std::size_t sum_bytes = 8;

/// Fields that a row has in every format.
template <class Row>
consteval std::size_t fields_always() {
  if constexpr (requires { Row::fields_in_format_1; }) {
    return Row::fields_in_format_1;
  } else {
    return std::tuple_size_v<decltype(Row::fields(std::declval<Row&>()))>;
  }
}

/// Writes the fields of a row one by one.
class writer {
 public:
  explicit writer(std::string& to) : to_{to} {}

  void field(std::uint64_t v) { to_.integer(static_cast<std::int64_t>(v)); }
  void field(std::uint32_t v) { to_.integer(v); }
  void field(bool v) { to_.boolean(v); }
  void field(const std::string& v) { to_.bytes(v); }
  void field(log_offset v) { to_.integer(v.get()); }
  void field(generation v) { to_.integer(v.get()); }
  void field(checksum v) { field(v.get()); }
  void field(control::shard_kind v) { to_.integer(static_cast<std::int64_t>(v)); }
  void field(copy_state v) { to_.integer(static_cast<std::int64_t>(v)); }
  void field(attempt v) {
    field(v.generation);
    field(v.epoch.get());
  }
  void field(const row_sum& v) {
    field(v.chunks);
    field(v.sum);
  }
  void field(const hash_range& v) {
    field(v.first);
    field(v.last);
  }
  template <class Tag>
  void field(const control::random_id<Tag>& v) {
    field(v.high);
    field(v.low);
  }
  template <class Value>
  void field(const std::optional<Value>& v) {
    v ? field(*v) : to_.nil();
  }

 private:
  base::packer to_;
};

/// Reads them back in the same order.
class reader {
 public:
  explicit reader(std::string_view from) : from_{from} {}
  [[nodiscard]] bool done() const { return from_.done(); }

  void field(std::uint64_t& v) { v = static_cast<std::uint64_t>(from_.integer()); }
  void field(std::uint32_t& v) {
    const auto number = from_.integer();
    if (number < 0 || number > UINT32_MAX) from_.fail();
    v = static_cast<std::uint32_t>(number);
  }
  void field(bool& v) { v = from_.boolean(); }
  void field(std::string& v) { v = from_.bytes(); }
  void field(log_offset& v) { v = log_offset{from_.integer()}; }
  void field(generation& v) { v = generation{from_.integer()}; }
  void field(checksum& v) { v = checksum{static_cast<std::uint64_t>(from_.integer())}; }
  void field(control::shard_kind& v) { choice(v, control::shard_kind::source); }
  void field(copy_state& v) { choice(v, copy_state::leaving); }
  void field(attempt& v) {
    field(v.generation);
    v.epoch = base::epoch{static_cast<std::uint64_t>(from_.integer())};
  }
  void field(row_sum& v) {
    field(v.chunks);
    field(v.sum);
  }
  void field(hash_range& v) {
    field(v.first);
    field(v.last);
  }
  template <class Tag>
  void field(control::random_id<Tag>& v) {
    field(v.high);
    field(v.low);
  }
  template <class Value>
  void field(std::optional<Value>& v) {
    v.reset();
    if (!from_.nil()) field(v.emplace());
  }

 private:
  template <class Choice>
  void choice(Choice& v, Choice last) {
    const auto number = from_.integer();
    if (number < 0 || number > static_cast<std::int64_t>(last)) from_.fail();
    v = static_cast<Choice>(number);
  }

  base::unpacker from_;
};

std::string with_copy(char kind, copy_id id) {
  std::string key{kind};
  append_big(key, id.unit.get());
  append_big(key, id.number);
  return key;
}

std::string with_attempt(char kind, copy_id id, attempt of) {
  auto key = with_copy(kind, id);
  append_big(key, static_cast<std::uint64_t>(of.generation.get()));
  append_big(key, of.epoch.get());
  return key;
}

constexpr std::size_t copy_key_bytes = 1 + 8;
constexpr std::size_t attempt_key_bytes = copy_key_bytes + 16;

}  // namespace

namespace ledger_key {

std::string identity() { return "i"; }
std::string progress() { return "p"; }
std::string log() { return "g"; }
std::string units() { return "u"; }
std::string copies() { return "c"; }
std::string all_links() { return "l"; }
std::string all_outboxes() { return "o"; }
std::string schemas() { return "s"; }
std::string unit(unit_id id) {
  auto key = units();
  append_big(key, id.get());
  return key;
}
std::string copy(copy_id id) { return with_copy('c', id); }
std::string links(copy_id copy) { return with_copy('l', copy); }
std::string link(copy_id copy, attempt of) { return with_attempt('l', copy, of); }
std::string outboxes(copy_id lane) { return with_copy('o', lane); }
std::string outbox(copy_id lane, attempt of) { return with_attempt('o', lane, of); }
std::string schema(std::uint32_t number) {
  auto key = schemas();
  append_big(key, number);
  return key;
}

std::optional<unit_id> unit_of(std::string_view key) {
  if (key.size() != 5) return std::nullopt;
  return unit_id{big_at<std::uint32_t>(key, 1)};
}

std::optional<copy_id> copy_of(std::string_view key) {
  if (key.size() < copy_key_bytes) return std::nullopt;
  return copy_id{.unit = unit_id{big_at<std::uint32_t>(key, 1)},
                 .number = big_at<std::uint32_t>(key, 5)};
}

std::optional<attempt> attempt_of(std::string_view key) {
  if (key.size() != attempt_key_bytes) return std::nullopt;
  const auto number = big_at<std::uint64_t>(key, copy_key_bytes);
  return attempt{.generation = generation{static_cast<std::int64_t>(number)},
                 .epoch = base::epoch{big_at<std::uint64_t>(key, copy_key_bytes + 8)}};
}

std::optional<std::uint32_t> schema_of(std::string_view key) {
  if (key.size() != 5) return std::nullopt;
  return big_at<std::uint32_t>(key, 1);
}

}  // namespace ledger_key

template <class Row>
std::string encode_row(std::string_view key, const Row& row) {
  std::string body;
  writer to{body};
  std::apply([&](const auto&... field) { (to.field(field), ...); }, Row::fields(row));
  return sealed(key, body);
}

template <class Row>
bool decode_row(std::string_view key, std::string_view value, Row& into) {
  const auto body = unsealed(key, value);
  if (!body) return false;
  into = {};
  reader from{*body};
  std::size_t read = 0;
  const auto next = [&](auto& field) {
    if (read++ < fields_always<Row>() || !from.done()) from.field(field);
  };
  std::apply([&](auto&... field) { (next(field), ...); }, Row::fields(into));
  return from.done();
}

std::string sealed(std::string_view key, std::string_view bytes) {
  std::string value;
  append_little(value, base::hash64(bytes, base::hash64(key)));
  value += bytes;
  return value;
}

std::optional<std::string_view> unsealed(std::string_view key, std::string_view value) {
  if (value.size() < sum_bytes) return std::nullopt;
  const auto bytes = value.substr(sum_bytes);
  if (little_at<std::uint64_t>(value, 0) != base::hash64(bytes, base::hash64(key))) {
    return std::nullopt;
  }
  return bytes;
}

template std::string encode_row(std::string_view, const identity_row&);
template bool decode_row(std::string_view, std::string_view, identity_row&);
template std::string encode_row(std::string_view, const progress_row&);
template bool decode_row(std::string_view, std::string_view, progress_row&);
template std::string encode_row(std::string_view, const unit_row&);
template bool decode_row(std::string_view, std::string_view, unit_row&);
template std::string encode_row(std::string_view, const copy_row&);
template bool decode_row(std::string_view, std::string_view, copy_row&);
template std::string encode_row(std::string_view, const link_row&);
template bool decode_row(std::string_view, std::string_view, link_row&);
template std::string encode_row(std::string_view, const outbox_row&);
template bool decode_row(std::string_view, std::string_view, outbox_row&);
template std::string encode_row(std::string_view, const log_row&);
template bool decode_row(std::string_view, std::string_view, log_row&);
template std::string encode_row(std::string_view, const schema_row&);
template bool decode_row(std::string_view, std::string_view, schema_row&);

}  // namespace aisle::kv
