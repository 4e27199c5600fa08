// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/batch_codec.hpp"

#include <bit>
#include <limits>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/pack.hpp"

namespace aisle::record {
namespace {

constexpr std::int64_t version = 1;

std::int64_t as_signed(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }
std::uint64_t as_bits(std::int64_t number) { return static_cast<std::uint64_t>(number); }

// ---- writing ----------------------------------------------------------------------------------

void write_value(base::packer& to, base::value_type type, std::uint64_t word, const char* heap) {
  switch (type.kind) {
    case base::kind::string:
      to.text(expr::text_at(heap, word));
      return;
    case base::kind::number:
      to.number(std::bit_cast<double>(word));
      return;
    case base::kind::boolean:
      to.boolean(word != 0);
      return;
    default:
      to.integer(as_signed(word));
  }
}

void write_row(base::packer& to, event_ref event, const layout& of) {
  const auto& head = *event.head;
  to.integer(head.at.time_since_epoch().count());
  to.integer(head.seen.time_since_epoch().count());
  to.integer(head.position.partition.get());
  to.integer(head.position.offset.get());
  to.integer(head.position.item);
  to.integer(as_signed(head.key_hash));
  to.integer(as_signed(event.row.words[0]));
  for (auto left = event.row.words[0]; left != 0; left &= left - 1) {
    const auto place = static_cast<std::size_t>(std::countr_zero(left));
    write_value(to, of.fields()[place].type, event.row.words[1 + place], event.row.heap);
  }
}

// ---- reading ----------------------------------------------------------------------------------

/// Reads rows of one layout. A misfit shows in the reader's `ok()`.
class row_reader {
 public:
  row_reader(std::string_view body, const layout& of)
      : body_{body}, of_{of}, words_(of.words()), texts_{text_fields(of)} {
    for (std::size_t i = 0; i < of.fields().size(); ++i) {
      const auto bit = std::uint64_t{1} << i;
      known_ |= bit;
      required_ |= of.fields()[i].required ? bit : 0;
    }
  }

  void read(base::unpacker& from, batch& into) {
    const auto head = read_head(from);
    read_fields(from);
    if (from.ok()) {
      into.append(head, {words_.data(), body_.data()}, texts_);
    }
  }

 private:
  static base::event_time read_time(base::unpacker& from, base::event_time least,
                                    base::event_time most) {
    const base::event_time time{base::duration{from.integer()}};
    if (time < least || time > most) {
      from.fail();
    }
    return time;
  }

  static std::uint32_t read_u32(base::unpacker& from) {
    const auto number = from.integer();
    if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) {
      from.fail();
      return 0;
    }
    return static_cast<std::uint32_t>(number);
  }

  static event_head read_head(base::unpacker& from) {
    event_head head;
    head.at = read_time(from, base::beginning_of_time, base::end_of_time);
    head.seen = read_time(from, base::beginning_of_time, base::end_of_time);
    head.position.partition = base::partition_id{read_u32(from)};
    head.position.offset = base::offset{from.integer()};
    head.position.item = read_u32(from);
    head.key_hash = as_bits(from.integer());
    return head;
  }

  void read_fields(base::unpacker& from) {
    std::fill(words_.begin(), words_.end(), 0);
    const auto present = as_bits(from.integer());
    if ((present & ~known_) != 0 || (required_ & ~present) != 0) {
      from.fail();
      return;
    }
    words_[0] = present;
    for (auto left = present; left != 0 && from.ok(); left &= left - 1) {
      const auto place = static_cast<std::size_t>(std::countr_zero(left));
      words_[1 + place] = read_value(from, of_.fields()[place].type.kind);
    }
  }

  std::uint64_t read_value(base::unpacker& from, base::kind kind) {
    switch (kind) {
      case base::kind::string: {
        const auto text = from.text();
        const auto offset = text.empty() ? 0 : text.data() - body_.data();
        return expr::text_word(static_cast<std::size_t>(offset), text.size());
      }
      case base::kind::number:
        return std::bit_cast<std::uint64_t>(from.number());
      case base::kind::boolean:
        return from.boolean() ? 1 : 0;
      case base::kind::timestamp: {
        const auto time =
            read_time(from, base::earliest_event_time, base::latest_event_time - base::duration{1});
        return as_bits(time.time_since_epoch().count());
      }
      default:
        return as_bits(from.integer());
    }
  }

  std::string_view body_;
  const layout& of_;
  std::vector<std::uint64_t> words_;
  std::uint64_t texts_;
  std::uint64_t known_ = 0;
  std::uint64_t required_ = 0;
};

base::result<void, batch_errc> damaged(std::string_view what) {
  return base::fail(batch_errc::damaged, fmt::format("no batch: {}", what));
}

base::result<void, batch_errc> read_body(std::string_view body, const layout& of, batch& into) {
  base::unpacker from{body};
  const auto parts = from.array(2);
  const auto made_for = as_bits(from.integer());
  if (!from.ok() || parts != 2) {
    return damaged("its body has no fingerprint");
  }
  if (made_for != fingerprint(of)) {
    return base::fail(batch_errc::other_layout,
                      "a batch of other fields: the two sides do not have the same contract");
  }
  const auto rows = from.array(batch_rows_max);
  row_reader reader{body, of};
  for (std::uint32_t i = 0; i < rows && from.ok(); ++i) {
    reader.read(from, into);
  }
  return from.done() ? base::result<void, batch_errc>{} : damaged("its rows do not fit");
}

}  // namespace

std::uint64_t fingerprint(const layout& of) {
  std::string text;
  for (const auto& field : of.fields()) {
    text += fmt::format("{}:{};", field.name, to_text(field.type));
  }
  return base::hash64(text);
}

void encode_batch(std::string& to, const batch& events, const layout& of) {
  base::check(events.size() <= batch_rows_max, "a batch within its bound");
  base::check(events.words_per_row() == of.words(), "a batch of this layout");
  std::string body;
  base::packer rows{body};
  rows.array(2);
  rows.integer(as_signed(fingerprint(of)));
  rows.array(static_cast<std::uint32_t>(events.size()));
  for (std::size_t i = 0; i < events.size(); ++i) {
    write_row(rows, events[i], of);
  }
  base::packer frame{to};
  frame.array(3);
  frame.integer(version);
  frame.integer(as_signed(base::hash64(body)));
  frame.bytes(body);
}

base::result<void, batch_errc> decode_batch(std::string_view bytes, const layout& of, batch& into) {
  if (into.words_per_row() == of.words()) {
    into.clear();
  } else {
    into = batch{of.words()};
  }
  base::unpacker from{bytes};
  const auto parts = from.array(3);
  const auto written_by = from.integer();
  if (!from.ok()) {
    return damaged("it does not begin like one");
  }
  if (written_by != version) {
    return base::fail(
        batch_errc::unknown_version,
        fmt::format("a batch of version {}; this program knows {}", written_by, version));
  }
  const auto checksum = as_bits(from.integer());
  const auto body = from.bytes();
  if (!from.done() || parts != 3) {
    return damaged("cut off, or bytes behind it");
  }
  if (base::hash64(body) != checksum) {
    return damaged("its checksum is wrong");
  }
  auto read = read_body(body, of, into);
  if (!read) {
    into.clear();
  }
  return read;
}

}  // namespace aisle::record
