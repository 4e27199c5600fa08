// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tools/world/error.hpp"

namespace aisle::world {

/// A file that is written from front to back and, unless it is there to be followed, bears its name
/// only when it is complete: until finish() it is called NAME.part.
class out_file {
 public:
  enum class name : std::uint8_t { when_complete, at_once };

  /// Fails with write_failed.
  static std::expected<out_file, world_error> create(std::filesystem::path path,
                                                     name named = name::when_complete);

  /// The first failure is kept and told by finish(); what follows it is not written.
  void write(std::string_view bytes);
  /// Hands over what is written so far.
  void flush();
  bool failed() const { return !trouble_.empty(); }

  /// Writes what is left and gives the file its name.
  std::expected<void, world_error> finish();

 private:
  struct closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  out_file(std::filesystem::path path, std::FILE* file, name named);
  std::filesystem::path part() const;
  world_error error() const;

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, closer> file_;
  name named_;
  std::string trouble_;
};

/// Writes one whole small file.
std::expected<void, world_error> write_whole(const std::filesystem::path& path,
                                             std::string_view bytes);

}  // namespace aisle::world
