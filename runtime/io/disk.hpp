// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

namespace aisle::io {

enum class file_kind : std::uint8_t { file, folder, other };

/// What a file is at one moment. Two equal facts mean: nobody has changed it in between.
struct file_facts {
  file_kind kind = file_kind::other;
  std::uint64_t bytes = 0;
  /// Nanoseconds since 1970, as the file system keeps it.
  std::int64_t changed_ns = 0;
  /// Which file it is, whatever its name: device and inode.
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  [[nodiscard]] bool same_file(const file_facts& other) const {
    return device == other.device && inode == other.inode;
  }
  friend bool operator==(const file_facts&, const file_facts&) = default;
};

/// An open file. All calls are those of the system, thinly: the error is an errno, a read or a
/// write may do less than it was asked for, an interrupted call is made again. Closed by its
/// destructor.
class open_file {
 public:
  virtual ~open_file() = default;
  /// Reads at the file's own position and moves it; 0 is the end.
  [[nodiscard]] virtual std::expected<std::size_t, int> read(std::span<char> into) = 0;
  /// Reads at `offset` and leaves the file's own position alone; 0 is the end.
  [[nodiscard]] virtual std::expected<std::size_t, int> read_at(std::uint64_t offset,
                                                                std::span<char> into) = 0;
  /// Sets the position of the next read.
  [[nodiscard]] virtual std::expected<void, int> seek(std::uint64_t offset) = 0;
  [[nodiscard]] virtual std::expected<std::size_t, int> write_at(std::uint64_t offset,
                                                                 std::string_view bytes) = 0;
  /// Cuts the file off behind its first `bytes` bytes.
  [[nodiscard]] virtual std::expected<void, int> truncate(std::uint64_t bytes) = 0;
  /// Returns when what was written has reached the disk.
  [[nodiscard]] virtual std::expected<void, int> sync() = 0;
  [[nodiscard]] virtual std::expected<file_facts, int> facts() = 0;
};

/// A lock on a file, held until it is destroyed. The system lets go of it when its owner dies.
class file_lock {
 public:
  virtual ~file_lock() = default;
};

/// The file system as the engine uses it: the seam where tests put a disk that fails on purpose.
class disk {
 public:
  enum class mode : std::uint8_t {
    read,
    /// For writing; made when absent, never truncated.
    write,
    /// For writing; made when absent, emptied when not.
    replace,
    /// For reading and writing; not made when absent.
    update,
  };
  enum class patience : std::uint8_t {
    /// Waits until nobody else holds the lock.
    wait,
    /// EWOULDBLOCK when somebody holds it.
    none,
  };

  virtual ~disk() = default;
  [[nodiscard]] virtual std::expected<std::unique_ptr<open_file>, int> open(
      const std::filesystem::path& path, mode how) = 0;
  [[nodiscard]] virtual std::expected<void, int> rename(const std::filesystem::path& from,
                                                        const std::filesystem::path& to) = 0;
  [[nodiscard]] virtual std::expected<void, int> remove(const std::filesystem::path& path) = 0;
  /// Locks out everybody else who locks this file, threads and processes; it is made when absent.
  [[nodiscard]] virtual std::expected<std::unique_ptr<file_lock>, int> lock(
      const std::filesystem::path& path, patience how) = 0;
  /// Makes the names in a folder durable: files made, renamed or removed.
  [[nodiscard]] virtual std::expected<void, int> sync_folder(
      const std::filesystem::path& folder) = 0;
};

struct write_outcome {
  std::size_t written = 0;
  /// The errno of the write that failed; 0 when all is written.
  int number = 0;
};
/// Writes until all is written or a write fails.
[[nodiscard]] write_outcome write_all(open_file& file, std::uint64_t offset,
                                      std::string_view bytes);

/// The disk of this machine.
[[nodiscard]] disk& real_disk();

}  // namespace aisle::io
