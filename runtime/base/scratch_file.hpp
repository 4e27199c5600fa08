// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace aisle::base {

/// A file that only this process knows: it has no name from the moment it is open, so that nothing
/// is left of it however the process ends. Holds what may be lost with the process. Read and
/// written, not mapped: what is read here and there through a mapping brings sixteen pages into
/// view each time, and costs four times as much.
class scratch_file {
 public:
  /// Opens one in `folder`, which must exist, for `bytes_max` at the most; takes nothing of the
  /// disk yet.
  [[nodiscard]] static std::expected<std::unique_ptr<scratch_file>, std::string> open(
      const std::filesystem::path& folder, std::size_t bytes_max);
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file();

  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }
  /// Takes this range of the disk: only then may it be written, and writing never fails for want of
  /// room. A full disk is an error, and nothing has changed.
  [[nodiscard]] std::expected<void, std::string> take(std::size_t at, std::size_t bytes);
  /// Gives the range back to the disk; what it held is lost.
  void give_back(std::size_t at, std::size_t bytes) noexcept;
  /// Within ranges that were taken. A disk that fails ends the process: nothing it holds can be
  /// had another way.
  void write(std::size_t at, std::string_view bytes);
  /// Makes `into` as long as `bytes` and fills it.
  void read(std::size_t at, std::size_t bytes, std::string& into) const;

 private:
  scratch_file(int descriptor, std::size_t bytes_max, std::string folder);

  int descriptor_;
  std::size_t bytes_max_;
  std::string folder_;
};

}  // namespace aisle::base
