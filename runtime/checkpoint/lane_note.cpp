// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/lane_note.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/pack.hpp"

namespace aisle::checkpoint {
namespace {

constexpr std::int64_t version_written = 1;

void put(base::packer& to, const attempt& of) {
  to.integer(of.generation.get());
  to.integer(static_cast<std::int64_t>(of.epoch.get()));
}

attempt take(base::unpacker& from) {
  const generation g{from.integer()};
  return {.generation = g, .epoch = base::epoch{static_cast<std::uint64_t>(from.integer())}};
}

}  // namespace

std::string pack(const lane_note& note) {
  std::string bytes;
  base::packer to{bytes};
  to.integer(version_written);
  put(to, note.delivered_to);
  to.boolean(note.born);
  put(to, note.last);
  to.integer(note.end);
  return bytes;
}

std::expected<lane_note, std::string> unpack_lane(std::string_view bytes) {
  base::unpacker from{bytes};
  if (from.integer() != version_written) {
    return std::unexpected{"what a lane remembers is of another version of Aisle"};
  }
  lane_note note;
  note.delivered_to = take(from);
  note.born = from.boolean();
  note.last = take(from);
  note.end = from.integer();
  if (!from.done() || note.end < 0) {
    return std::unexpected{"what a lane remembers is damaged"};
  }
  return note;
}

std::vector<stored_part> parts_of(const outbox& box) {
  std::vector<stored_part> parts;
  std::string_view rest{box.bytes};
  auto at = box.start_offset;
  while (!rest.empty()) {
    auto size = rest.size();
    if (size > part_bytes_target) {
      const auto before = rest.rfind('\n', part_bytes_target - 1);
      const auto line_end = before == std::string_view::npos ? rest.find('\n') : before;
      size = line_end == std::string_view::npos ? size : line_end + 1;
    }
    parts.push_back({.start_offset = at, .bytes = rest.substr(0, size)});
    at += static_cast<std::int64_t>(size);
    rest.remove_prefix(size);
  }
  return parts;
}

std::string freeze(const outbox& box, attempt is, lane_note& note) {
  changes what;
  if (!box.bytes.empty()) {
    what.outbox = {.prev = note.last,
                   .delivered_to = note.delivered_to,
                   .born = note.born,
                   .parts = parts_of(box)};
    note.last = is;
    note.end = box.start_offset + static_cast<std::int64_t>(box.bytes.size());
  }
  what.notes.push_back({.name = std::string{lane_note_name}, .bytes = pack(note)});
  return encode(what);
}

}  // namespace aisle::checkpoint
