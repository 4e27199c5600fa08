// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/io/disk.hpp"

namespace aisle::io {

/// The real disk, but each call first asks the test what shall come of it.
class faulty_disk final : public disk {
 public:
  /// For a read or a write: how many of the bytes go through (0 with `number` 0 is the end of a
  /// file).
  struct verdict {
    std::size_t bytes = static_cast<std::size_t>(-1);
    int number = 0;
  };
  static verdict fine() { return {}; }
  static verdict fails(int number) { return {0, number}; }

  std::function<verdict()> on_read = fine;
  std::function<verdict()> on_write = fine;
  std::function<int()> on_open = [] { return 0; };
  std::function<int()> on_sync = [] { return 0; };
  std::function<int()> on_rename = [] { return 0; };
  /// Calls that went through, in order: "write 5@0", "sync", "rename", "sync folder".
  std::vector<std::string> calls;

  std::expected<std::unique_ptr<open_file>, int> open(const std::filesystem::path& path,
                                                      mode how) override {
    if (const int number = on_open(); number != 0) return std::unexpected{number};
    auto file = real_disk().open(path, how);
    if (!file) return file;
    return std::make_unique<faulty_file>(*this, std::move(*file));
  }

  std::expected<void, int> rename(const std::filesystem::path& from,
                                  const std::filesystem::path& to) override {
    if (const int number = on_rename(); number != 0) return std::unexpected{number};
    calls.emplace_back("rename");
    return real_disk().rename(from, to);
  }

  std::expected<void, int> remove(const std::filesystem::path& path) override {
    return real_disk().remove(path);
  }

  std::expected<std::unique_ptr<file_lock>, int> lock(const std::filesystem::path& path,
                                                      patience how) override {
    return real_disk().lock(path, how);
  }

  std::expected<void, int> sync_folder(const std::filesystem::path& folder) override {
    calls.emplace_back("sync folder");
    return real_disk().sync_folder(folder);
  }

 private:
  class faulty_file final : public open_file {
   public:
    faulty_file(faulty_disk& of, std::unique_ptr<open_file> file)
        : disk_{of}, file_{std::move(file)} {}

    std::expected<std::size_t, int> read(std::span<char> into) override {
      const auto verdict = disk_.on_read();
      if (verdict.number != 0) return std::unexpected{verdict.number};
      return file_->read(into.first(std::min(verdict.bytes, into.size())));
    }

    std::expected<std::size_t, int> read_at(std::uint64_t offset, std::span<char> into) override {
      const auto verdict = disk_.on_read();
      if (verdict.number != 0) return std::unexpected{verdict.number};
      return file_->read_at(offset, into.first(std::min(verdict.bytes, into.size())));
    }

    std::expected<void, int> truncate(std::uint64_t bytes) override {
      disk_.calls.push_back("truncate " + std::to_string(bytes));
      return file_->truncate(bytes);
    }

    std::expected<void, int> seek(std::uint64_t offset) override { return file_->seek(offset); }

    std::expected<std::size_t, int> write_at(std::uint64_t offset,
                                             std::string_view bytes) override {
      const auto verdict = disk_.on_write();
      if (verdict.number != 0) return std::unexpected{verdict.number};
      const auto some = bytes.substr(0, verdict.bytes);
      disk_.calls.push_back("write " + std::to_string(some.size()) + "@" + std::to_string(offset));
      return some.empty() ? 0 : file_->write_at(offset, some);
    }

    std::expected<void, int> sync() override {
      if (const int number = disk_.on_sync(); number != 0) return std::unexpected{number};
      disk_.calls.emplace_back("sync");
      return file_->sync();
    }

    std::expected<file_facts, int> facts() override { return file_->facts(); }

   private:
    faulty_disk& disk_;
    std::unique_ptr<open_file> file_;
  };
};

}  // namespace aisle::io
