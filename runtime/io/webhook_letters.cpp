// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/webhook_letters.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <expected>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"

namespace aisle::io {
namespace {

/// Where the last whole line of a file of `size` bytes ends.
std::expected<std::uint64_t, int> end_of_lines(open_file& file, std::uint64_t size) {
  std::array<char, 4096> block{};
  while (size > 0) {
    const auto begin = size - std::min<std::uint64_t>(size, block.size());
    const auto got = file.read_at(begin, std::span{block}.first(size - begin));
    if (!got) return std::unexpected{got.error()};
    if (*got == 0) return std::unexpected{EIO};
    const auto last = std::string_view{block.data(), *got}.rfind('\n');
    if (last != std::string_view::npos) return begin + last + 1;
    size = begin;
  }
  return 0;
}

}  // namespace

std::string to_json(const undelivered& letter) {
  std::string json;
  json.reserve(letter.original.size() + 256);
  base::json_object record{json};
  record.text("id", letter.id);
  record.text("reason", letter.reason);
  if (letter.status == 0) {
    record.raw("status", "null");
  } else {
    record.integer("status", letter.status);
  }
  record.integer("attempts", letter.attempts);
  record.text("message", letter.message);
  record.text("answer", letter.answer);
  if (base::is_utf8(letter.original)) {
    record.text("original", letter.original);
  } else {
    record.text("original_base64", base::to_base64(letter.original));
  }
  record.end();
  return json;
}

std::filesystem::path undelivered_name(base::lane_id lane) {
  return fmt::format("undelivered-{:04}.ndjson", lane.get());
}

result<void> undelivered_file::open() {
  const auto cannot = [&](action doing, std::string_view what, int number) {
    return std::unexpected{system_error(doing, what, path_, number)};
  };
  if (const auto made = on_.open(path_, disk::mode::write); !made) {
    return cannot(action::write, "cannot open", made.error());
  }
  if (const auto synced = on_.sync_folder(path_.parent_path()); !synced) {
    return cannot(action::sync, "cannot sync the folder of", synced.error());
  }
  auto file = on_.open(path_, disk::mode::update);
  if (!file) return cannot(action::write, "cannot open", file.error());
  const auto facts = (*file)->facts();
  if (!facts) return cannot(action::write, "cannot look at", facts.error());
  const auto end = end_of_lines(**file, facts->bytes);
  if (!end) return cannot(action::write, "cannot read the end of", end.error());
  if (*end < facts->bytes) {
    if (const auto cut = (*file)->truncate(*end); !cut) {
      return cannot(action::write, "cannot cut off half a line of", cut.error());
    }
  }
  file_ = *std::move(file);
  end_ = *end;
  return {};
}

result<void> undelivered_file::append(std::string_view line) {
  if (file_ == nullptr) {
    if (auto opened = open(); !opened) return opened;
  }
  std::string bytes{line};
  bytes += '\n';
  if (const auto [written, number] = write_all(*file_, end_, bytes); number != 0) {
    return std::unexpected{system_error(action::write, "cannot write to", path_, number)};
  }
  if (const auto synced = file_->sync(); !synced) {
    return std::unexpected{system_error(action::sync, "cannot sync", path_, synced.error())};
  }
  end_ += bytes.size();
  return {};
}

}  // namespace aisle::io
