// SPDX-License-Identifier: Apache-2.0
#include "tools/world/out_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace aisle::world {
namespace {

constexpr std::size_t buffer_size = 1 << 20;

world_error cannot_write(const std::filesystem::path& path, std::string_view why) {
  return {errc::write_failed,
          fmt::format("{} cannot be written: {}; make room or give another folder with --out, and "
                      "run again",
                      path.string(), why)};
}

}  // namespace

out_file::out_file(std::filesystem::path path, std::FILE* file, name named)
    : path_(std::move(path)), file_(file), named_(named) {
  std::setvbuf(file, nullptr, _IOFBF, buffer_size);
}

std::filesystem::path out_file::part() const {
  auto name = path_;
  name += ".part";
  return name;
}

world_error out_file::error() const { return cannot_write(path_, trouble_); }

std::expected<out_file, world_error> out_file::create(std::filesystem::path path, name named) {
  auto at = path;
  if (named == name::when_complete) {
    at += ".part";
  }
  auto* file = std::fopen(at.c_str(), "wb");
  if (file == nullptr) {
    return std::unexpected(cannot_write(path, std::strerror(errno)));
  }
  return out_file{std::move(path), file, named};
}

void out_file::flush() {
  if (!failed() && std::fflush(file_.get()) != 0) {
    trouble_ = std::strerror(errno);
  }
}

void out_file::write(std::string_view bytes) {
  if (!failed() && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    trouble_ = std::strerror(errno);
  }
}

std::expected<void, world_error> out_file::finish() {
  flush();
  file_.reset();
  if (failed()) {
    return std::unexpected(error());
  }
  if (named_ == name::at_once) {
    return {};
  }
  std::error_code code;
  std::filesystem::rename(part(), path_, code);
  if (code) {
    trouble_ = code.message();
    return std::unexpected(error());
  }
  return {};
}

std::expected<void, world_error> write_whole(const std::filesystem::path& path,
                                             std::string_view bytes) {
  auto file = out_file::create(path);
  if (!file) {
    return std::unexpected(file.error());
  }
  file->write(bytes);
  return file->finish();
}

}  // namespace aisle::world
