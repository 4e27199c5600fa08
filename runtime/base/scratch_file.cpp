// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/scratch_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace aisle::base {
namespace {

std::string text_of(int error) { return std::error_code{error, std::generic_category()}.message(); }

/// A file without a name; some file systems cannot, and then it loses its name at once.
int open_nameless(const std::filesystem::path& folder) {
  const int nameless = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (nameless >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) {
    return nameless;
  }
  auto name = (folder / "aisle-scratch-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) {
    ::unlink(name.c_str());
  }
  return named;
}

}  // namespace

scratch_file::scratch_file(int descriptor, char* data, std::size_t bytes_max, std::string folder)
    : descriptor_{descriptor}, data_{data}, bytes_max_{bytes_max}, folder_{std::move(folder)} {}

scratch_file::~scratch_file() {
  ::munmap(data_, bytes_max_);
  ::close(descriptor_);
}

std::expected<std::unique_ptr<scratch_file>, std::string> scratch_file::open(
    const std::filesystem::path& folder, std::size_t bytes_max) {
  const int descriptor = open_nameless(folder);
  if (descriptor < 0) {
    return std::unexpected{
        fmt::format("no scratch file can be made in {}: {}; name a folder that "
                    "can be written with --scratch",
                    folder.string(), text_of(errno))};
  }
  void* const data =
      ::mmap(nullptr, bytes_max, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (data == MAP_FAILED) {
    const auto why = text_of(errno);
    ::close(descriptor);
    return std::unexpected{
        fmt::format("a scratch file of {} bytes cannot be mapped: {}", bytes_max, why)};
  }
  return std::unique_ptr<scratch_file>{
      new scratch_file{descriptor, static_cast<char*>(data), bytes_max, folder.string()}};
}

std::expected<void, std::string> scratch_file::take(std::size_t at, std::size_t bytes) {
  if (at + bytes > bytes_max_) {
    return std::unexpected{fmt::format("the scratch file has its {} bytes already", bytes_max_)};
  }
  const int failed =
      ::posix_fallocate(descriptor_, static_cast<off_t>(at), static_cast<off_t>(bytes));
  if (failed != 0) {
    return std::unexpected{
        fmt::format("the scratch file in {} cannot grow: {}", folder_, text_of(failed))};
  }
  return {};
}

void scratch_file::give_back(std::size_t at, std::size_t bytes) noexcept {
  ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(at),
              static_cast<off_t>(bytes));
}

void scratch_file::let_go(std::size_t at, std::size_t bytes) noexcept {
  ::madvise(data_ + at, bytes, MADV_DONTNEED);
}

}  // namespace aisle::base
