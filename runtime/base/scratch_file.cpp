// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/scratch_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "runtime/base/check.hpp"

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

scratch_file::scratch_file(int descriptor, std::size_t bytes_max, std::string folder)
    : descriptor_{descriptor}, bytes_max_{bytes_max}, folder_{std::move(folder)} {}

scratch_file::~scratch_file() { ::close(descriptor_); }

std::expected<std::unique_ptr<scratch_file>, std::string> scratch_file::open(
    const std::filesystem::path& folder, std::size_t bytes_max) {
  const int descriptor = open_nameless(folder);
  if (descriptor < 0) {
    return std::unexpected{
        fmt::format("no scratch file can be made in {}: {}; name a folder that "
                    "can be written with --scratch",
                    folder.string(), text_of(errno))};
  }
  // The system would read ahead what nobody asks for next.
  static_cast<void>(::posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM));
  return std::unique_ptr<scratch_file>{new scratch_file{descriptor, bytes_max, folder.string()}};
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

void scratch_file::write(std::size_t at, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (done < 0 && errno == EINTR) {
      continue;
    }
    check(done > 0, "the disk of the scratch file takes what it has room for");
    at += static_cast<std::size_t>(done);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

void scratch_file::read(std::size_t at, std::size_t bytes, std::string& into) const {
  into.resize(bytes);
  for (std::size_t have = 0; have < bytes;) {
    const auto done =
        ::pread(descriptor_, into.data() + have, bytes - have, static_cast<off_t>(at + have));
    if (done < 0 && errno == EINTR) {
      continue;
    }
    check(done > 0, "the disk of the scratch file gives back what it took");
    have += static_cast<std::size_t>(done);
  }
}

}  // namespace aisle::base
