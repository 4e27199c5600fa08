// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

namespace aisle::base {

/// A memory-mapped file that only this process knows: it has no name from the moment it is open, so
/// that nothing is left of it however the process ends. Holds what may be lost with the process.
class scratch_file {
 public:
  /// Opens one in `folder`, which must exist, with room for `bytes_max` in the address space; takes
  /// nothing of the disk yet.
  [[nodiscard]] static std::expected<std::unique_ptr<scratch_file>, std::string> open(
      const std::filesystem::path& folder, std::size_t bytes_max);
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file();

  [[nodiscard]] char* data() const { return data_; }
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }
  /// Takes this range of the disk: only then may it be touched, and touching it never fails for
  /// want of room. A full disk is an error, and nothing has changed.
  [[nodiscard]] std::expected<void, std::string> take(std::size_t at, std::size_t bytes);
  /// Gives the range back to the disk and to memory; what it held is lost.
  void give_back(std::size_t at, std::size_t bytes) noexcept;
  /// Lets go of the memory that the range is seen through; the system keeps what it held in its
  /// cache as long as it likes, and on disk.
  void let_go(std::size_t at, std::size_t bytes) noexcept;

 private:
  scratch_file(int descriptor, char* data, std::size_t bytes_max, std::string folder);

  int descriptor_;
  char* data_;
  std::size_t bytes_max_;
  std::string folder_;
};

}  // namespace aisle::base
