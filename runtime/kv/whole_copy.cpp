// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/whole_copy.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "runtime/base/hash.hpp"
#include "runtime/kv/environment.hpp"
#include "runtime/kv/lmdb_errors.hpp"

namespace aisle::kv {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block_bytes = std::size_t{1} << 20;

/// Closed when it goes.
class descriptor {
 public:
  descriptor(const fs::path& path, int flags) : number_{::open(path.c_str(), flags, 0600)} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

std::unexpected<error> failed(std::string_view doing, const fs::path& path) {
  const int number = errno;
  if (number == ENOENT) {
    return fail(errc::not_found, fmt::format("{}: there is no such file", path.string()));
  }
  return std::unexpected{lmdb_error(number, doing, path.string())};
}

result<void> sync(const fs::path& path, int flags) {
  const descriptor of{path, flags | O_CLOEXEC};
  if (!of.is_open() || ::fsync(of.get()) != 0) return failed("sync", path);
  return {};
}

/// Calls `take` with one block after the other.
template <class Take>
result<void> each_block(const fs::path& file, Take&& take) {
  const descriptor from{file, O_RDONLY | O_CLOEXEC};
  if (!from.is_open()) return failed("open", file);
  std::string block(block_bytes, '\0');
  while (true) {
    std::size_t got = 0;
    while (got < block.size()) {
      const auto read = ::read(from.get(), block.data() + got, block.size() - got);
      if (read < 0) return failed("read", file);
      if (read == 0) break;
      got += static_cast<std::size_t>(read);
    }
    if (got == 0) return {};
    if (auto taken = take(std::string_view{block}.substr(0, got)); !taken) return taken;
  }
}

result<void> write_all(int to, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const auto wrote = ::write(to, bytes.data(), bytes.size());
    if (wrote < 0) return failed("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

}  // namespace

result<std::uint64_t> sum_of_file(const fs::path& file) {
  std::uint64_t sum = 0;
  const auto read = each_block(file, [&](std::string_view block) -> result<void> {
    sum = base::hash64(block, sum);
    return {};
  });
  return read ? result<std::uint64_t>{sum} : std::unexpected{read.error()};
}

result<void> check_is_free(const fs::path& folder) {
  std::error_code unknown;
  const bool there = fs::exists(fs::symlink_status(folder, unknown));
  if (!there || (fs::is_directory(folder, unknown) && fs::is_empty(folder, unknown))) return {};
  return fail(errc::exists,
              fmt::format("{} is not empty; give a folder that is new", folder.string()));
}

result<void> make_anew(const fs::path& folder) {
  std::error_code why;
  fs::remove_all(folder, why);
  if (!why && fs::create_directories(folder, why)) {
    fs::permissions(folder, fs::perms::owner_all, why);
  }
  if (!why) return {};
  errno = why.value();
  return failed("make", folder);
}

result<void> copy_data_file(const fs::path& from, const fs::path& folder) {
  const auto path = folder / data_file_name;
  const descriptor to{path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC};
  if (!to.is_open()) return failed("make", path);
  auto copied =
      each_block(from, [&](std::string_view block) { return write_all(to.get(), block, path); });
  if (!copied) return copied;
  if (::fsync(to.get()) != 0) return failed("sync", path);
  return {};
}

result<void> append_to_file(const fs::path& file, std::string_view bytes) {
  const descriptor to{file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC};
  if (!to.is_open()) return failed("make", file);
  if (auto wrote = write_all(to.get(), bytes, file); !wrote) return wrote;
  if (::fsync(to.get()) != 0) return failed("sync", file);
  return sync(file.parent_path(), O_RDONLY | O_DIRECTORY);
}

void forget_place(const fs::path& folder) {
  std::error_code ignored;
  for (const auto* const name : {"lock", "lock.mdb", "id"}) {
    fs::remove(folder / name, ignored);
  }
}

result<void> move_folder(const fs::path& from, const fs::path& to) {
  if (auto synced = sync(from, O_RDONLY | O_DIRECTORY); !synced) return synced;
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("make", to);
  return sync(fs::absolute(to).parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace aisle::kv
