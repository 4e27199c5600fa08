// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/file_sink.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"
#include "runtime/io/output_folder.hpp"

namespace aisle::io {
namespace {

// The bytes [begin, end) of a file; empty when they are equal.
struct range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  [[nodiscard]] bool empty() const { return begin >= end; }
  void add(std::uint64_t from, std::uint64_t to) {
    begin = empty() ? from : std::min(begin, from);
    end = std::max(end, to);
  }
};

// Where the last line of these `bytes` bytes ends; 0 when there is none. The errno of a read.
std::expected<std::uint64_t, int> behind_last_line(open_file& file, std::uint64_t bytes) {
  std::array<char, 1 << 16> some{};
  while (bytes > 0) {
    const auto begin = bytes - std::min<std::uint64_t>(bytes, some.size());
    std::size_t got = 0;
    while (got < bytes - begin) {
      const auto read =
          file.read_at(begin + got, std::span{some}.first(bytes - begin).subspan(got));
      if (!read) return std::unexpected{read.error()};
      if (*read == 0) return std::unexpected{EIO};
      got += *read;
    }
    const auto end = std::string_view{some.data(), got}.rfind('\n');
    if (end != std::string_view::npos) return begin + end + 1;
    bytes = begin;
  }
  return 0;
}

class part_file final : public lane_writer {
 public:
  part_file(std::filesystem::path path, std::unique_ptr<open_file> file, disk& on)
      : path_{std::move(path)}, file_{std::move(file)}, disk_{&on} {}

  result<void> check_holds(std::uint64_t bytes) {
    const auto now = file_->facts();
    if (!now) {
      return std::unexpected{system_error(action::write, "cannot look at", path_, now.error())};
    }
    if (now->kind != file_kind::file) {
      return base::fail(errc::wrong_kind, fmt::format("{} is not a file; choose another output "
                                                      "folder",
                                                      path_.string()));
    }
    if (now->bytes >= bytes) return {};
    return base::fail(errc::too_short,
                      fmt::format("{} has {} bytes, but {} were delivered into it before: someone "
                                  "else shortened or replaced it; put it back, or start with an "
                                  "empty state and an empty output folder",
                                  path_.string(), now->bytes, bytes));
  }

  result<std::uint64_t> resume() override {
    const auto now = file_->facts();
    const auto reading = disk_->open(path_, disk::mode::read);
    if (!now || !reading) {
      return std::unexpected{
          system_error(action::read, "cannot look at", path_, now ? reading.error() : now.error())};
    }
    const auto end = behind_last_line(**reading, now->bytes);
    if (!end) {
      return std::unexpected{system_error(action::read, "cannot read", path_, end.error())};
    }
    if (*end < now->bytes) {
      if (const auto cut = file_->truncate(*end); !cut) {
        return std::unexpected{system_error(action::write, "cannot cut", path_, cut.error())};
      }
    }
    return *end;
  }

  result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    if (auto holds = check_holds(offset); !holds) return holds;
    if (base::fault_due(base::fault_point::io_half_written)) {
      static_cast<void>(write_all(*file_, offset, bytes.substr(0, bytes.size() / 2)));
      base::die_of_fault();
    }
    const auto [written, number] = write_all(*file_, offset, bytes);
    base::pass_fault(base::fault_point::io_written);
    note_written(offset, written);
    if (number == 0) return {};
    return std::unexpected{system_error(
        action::write, fmt::format("cannot write at byte {} of", offset + written), path_, number)};
  }

  result<void> sync() override {
    if (!lost_.empty()) {
      return base::fail(errc::sync_failed, fmt::format("bytes {} to {} of {} may be lost since a "
                                                       "sync failed; write them again first",
                                                       lost_.begin, lost_.end, path_.string()));
    }
    if (unsafe_.empty()) return {};
    const auto synced = file_->sync();
    if (!synced) {
      lost_ = unsafe_;
      return std::unexpected{system_error(action::sync, "cannot sync", path_, synced.error())};
    }
    unsafe_ = {};
    base::pass_fault(base::fault_point::io_synced);
    return {};
  }

 private:
  void note_written(std::uint64_t offset, std::size_t size) {
    const auto end = offset + size;
    if (size > 0) unsafe_.add(offset, end);
    if (offset <= lost_.begin && end > lost_.begin) lost_.begin = end;
  }

  std::filesystem::path path_;
  std::unique_ptr<open_file> file_;
  disk* disk_;
  // Written since the last sync that succeeded.
  range unsafe_;
  // Of these, what the system may have thrown away when a sync failed.
  range lost_;
};

}  // namespace

std::filesystem::path part_name(base::lane_id lane) {
  return fmt::format("part-{:04}.ndjson", lane.get());
}

result<void> check_end(const std::filesystem::path& folder, base::lane_id lane, std::uint64_t end) {
  const auto path = folder / part_name(lane);
  std::error_code absent;
  const auto bytes = std::filesystem::file_size(path, absent);
  if (absent || bytes <= end) return {};
  return base::fail(errc::too_long,
                    fmt::format("{} has {} bytes, and the state knows of {}: it was restored from "
                                "too old a snapshot for this output; restore it with --new-output "
                                "and give an empty output folder, or put back the output that "
                                "belongs to it",
                                path.string(), bytes, end));
}

result<std::unique_ptr<lane_writer>> open_lane(const std::filesystem::path& folder,
                                               base::lane_id lane, std::uint64_t delivered,
                                               disk& on) {
  if (auto made = make_folder(folder); !made) return std::unexpected{std::move(made.error())};
  const auto path = folder / part_name(lane);
  auto file = on.open(path, disk::mode::write);
  if (!file) return std::unexpected{system_error(action::write, "cannot open", path, file.error())};
  auto part = std::make_unique<part_file>(path, std::move(*file), on);
  if (auto holds = part->check_holds(delivered); !holds) {
    return std::unexpected{std::move(holds.error())};
  }
  if (const auto synced = on.sync_folder(folder); !synced) {
    return std::unexpected{system_error(action::sync, "cannot sync", folder, synced.error())};
  }
  return part;
}

}  // namespace aisle::io
