// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/node_state.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <unistd.h>

#include "runtime/base/check.hpp"
#include "runtime/base/fault.hpp"
#include "runtime/kv/copies.hpp"
#include "runtime/kv/lmdb_errors.hpp"
#include "runtime/kv/verify.hpp"

namespace aisle::kv {
namespace {

namespace fs = std::filesystem;

/// LAYOUT.md is this version; those before it are read, and raised at the first start.
constexpr std::uint32_t layout_format = 2;
/// A thousand stages have room in it.
constexpr std::size_t schema_bytes_max = std::size_t{1} << 20;

result<void> make_folder(const fs::path& folder) {
  std::error_code failed;
  if (fs::create_directories(folder, failed)) {
    // What is kept is not for everybody to read.
    fs::permissions(folder, fs::perms::owner_all, failed);
  }
  if (!failed) return {};
  const auto code = failed == std::errc::no_space_on_device ? errc::no_space : errc::no_permission;
  return fail(code, fmt::format("cannot make {}: {}; choose another folder with --state",
                                folder.string(), failed.message()));
}

result<void> look_for(const open_options& options) {
  std::error_code unknown;
  const bool folder = fs::is_directory(options.folder, unknown);
  const bool file = folder && fs::exists(options.folder / data_file_name, unknown);
  if (folder && options.when_absent == open_options::absent::make &&
      fs::exists(options.folder / export_file_name, unknown)) {
    return fail(errc::foreign,
                fmt::format("{0} is an export; make a state of it first: aisle checkpoint restore "
                            "{0} --state DIR",
                            options.folder.string()));
  }
  if (file) return {};
  if (options.when_absent == open_options::absent::make) {
    return folder ? result<void>{} : make_folder(options.folder);
  }
  return fail(errc::not_found,
              fmt::format("{}: no state is there; give the folder of a run with --state",
                          options.folder.string()));
}

result<void> sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int number = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (synced) return {};
  return std::unexpected{lmdb_error(number, "sync", folder.string())};
}

std::string read_id_file(const fs::path& folder) {
  std::ifstream file{folder / id_file_name};
  std::string text;
  std::getline(file, text);
  return text;
}

result<void> write_id_file(const fs::path& folder, const std::string& id) {
  const auto path = folder / id_file_name;
  const auto making = folder / "id~";
  const int descriptor = ::open(making.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto text = id + "\n";
  bool good = descriptor >= 0 &&
              ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  good = good && ::fsync(descriptor) == 0 && ::rename(making.c_str(), path.c_str()) == 0;
  const int number = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!good) return std::unexpected{lmdb_error(number, "write", path.string())};
  return sync_folder(folder);
}

/// The data file must be there when its id is.
result<void> look_at_id(const fs::path& folder) {
  const auto id = read_id_file(folder);
  std::error_code absent;
  const auto bytes = fs::file_size(folder / data_file_name, absent);
  if (id.empty() || (!absent && bytes > 0)) return {};
  return fail(errc::damaged,
              fmt::format("{}: the data file of state {} is {}; restore it from a backup, or give "
                          "an empty folder to begin anew",
                          folder.string(), id, absent ? "gone" : "empty"));
}

result<void> check_leaves(const fs::path& folder, open_options::checks wanted) {
  const auto path = folder / data_file_name;
  std::error_code absent;
  const auto bytes = fs::file_size(path, absent);
  if (bytes == 0 || absent || wanted == open_options::checks::branches) return {};
  if (wanted == open_options::checks::as_size_allows && bytes > whole_check_bytes_max) return {};
  const auto found = verify(folder);
  if (!found) return std::unexpected{found.error()};
  if (found->sound() || found->empty) return {};
  return fail(errc::damaged,
              fmt::format("{} is damaged: at byte {}: {}; restore it from a backup", path.string(),
                          found->findings[0].at, found->findings[0].what));
}

unit_id unit_for(txn& in, const control::shard_name& shard) {
  std::optional<unit_id> found;
  unit_id last{0};
  in.each_row<unit_row>(ledger_key::units(), [&](std::string_view key, const unit_row& row) {
    last = ledger_key::unit_of(key).value_or(last);
    if (row.kind == shard.kind && row.name == shard.of) found = last;
    return !found;
  });
  if (found) return *found;
  const auto made = last.next();
  in.put_row(ledger_key::unit(made), unit_row{.kind = shard.kind, .name = shard.of});
  return made;
}

/// Keys of a stage belong to one copy at a time. Lanes share nothing.
void refuse_overlap(const txn& in, copy_id made, hash_range hashes,
                    const control::shard_name& shard) {
  if (shard.kind != control::shard_kind::stage) return;
  in.each_row<copy_row>(ledger_key::copies(), [&](std::string_view key, const copy_row& row) {
    const auto other = *ledger_key::copy_of(key);
    const bool apart = row.hashes.last < hashes.first || hashes.last < row.hashes.first;
    if (other.unit == made.unit && !apart) {
      throw trouble{errc::exists, fmt::format("{}: copy {} of the same stage has some of its keys",
                                              control::to_text(shard), other.number)};
    }
    return true;
  });
}

copy_id put_new_copy(txn& in, const new_copy& copy, attempt at) {
  constexpr std::uint64_t in_slot = (std::uint64_t{1} << 48) - 1;
  const auto& hashes = copy.hashes;
  base::check(
      hashes == no_hashes || ((hashes.first & in_slot) == 0 && (hashes.last & in_slot) == in_slot),
      "a copy has whole slots");
  const copy_id made{.unit = unit_for(in, copy.shard), .number = copy.shard.number};
  const auto key = ledger_key::copy(made);
  if (const auto there = in.row<copy_row>(key)) {
    if (there->state == copy_state::whole && there->hashes == hashes) return made;
    throw trouble{errc::exists, fmt::format("{}: a copy is here with another range of keys, or "
                                            "is being removed",
                                            control::to_text(copy.shard))};
  }
  refuse_overlap(in, made, hashes, copy.shard);
  in.put_row(key, copy_row{.state = copy_state::whole,
                           .hashes = hashes,
                           .base = at,
                           .tip = at,
                           .folded = {},
                           .in_base = {},
                           .actors = 0,
                           .timers = 0,
                           .folds_to = {}});
  return made;
}

}  // namespace

result<std::unique_ptr<node_state>> node_state::open(const open_options& options) {
  if (const auto there = look_for(options); !there) return std::unexpected{there.error()};
  if (auto there = look_at_id(options.folder); !there) return std::unexpected{there.error()};
  if (auto sound = check_leaves(options.folder, options.check); !sound) {
    return std::unexpected{sound.error()};
  }
  auto env = environment::open(options.folder, options.map_bytes);
  if (!env) return std::unexpected{std::move(env.error())};
  base::pass_fault(base::fault_point::kv_file_made);
  std::unique_ptr<node_state> made{new node_state{std::move(*env)}};
  if (auto identified = made->identify(options.new_id); !identified) {
    return std::unexpected{std::move(identified.error())};
  }
  base::pass_fault(base::fault_point::kv_identified);
  const auto id = control::to_text(made->id_);
  const auto known = read_id_file(options.folder);
  if (!known.empty() && known != id) {
    return fail(errc::foreign, fmt::format("{} is of state {}, but its folder is that of {}; put "
                                           "back the right file",
                                           made->env_->context().path, id, known));
  }
  if (known.empty()) {
    if (auto written = write_id_file(options.folder, id); !written) {
      return std::unexpected{std::move(written.error())};
    }
  }
  return made;
}

result<void> node_state::identify(const control::kv_id& new_id) {
  const auto key = ledger_key::identity();
  const auto found = reading([&](const txn& in) { return in.row<identity_row>(key); });
  if (!found) return std::unexpected{found.error()};
  if (*found && (*found)->format > layout_format) {
    return fail(errc::newer_format,
                fmt::format("{} has layout {}, of a later version of Aisle; this one knows {}",
                            env_->context().path, (*found)->format, layout_format));
  }
  if (*found) {
    id_ = (*found)->kv;
    if ((*found)->format == layout_format) return {};
    return env_->write(
        [&](txn& in) { in.put_row(key, identity_row{.format = layout_format, .kv = id_}); });
  }
  id_ = new_id;
  return env_->write([&](txn& in) {
    for (const auto t : {table::ledger, table::base, table::deltas, table::control}) {
      if (in.entries(t) == 0) continue;
      throw trouble{errc::foreign, fmt::format("{} has rows, but does not say whose; it is not a "
                                               "node's state, or it is damaged",
                                               in.context().path)};
    }
    in.put_row(key, identity_row{.format = layout_format, .kv = new_id});
    in.put_row(ledger_key::progress(), progress_row{});
  });
}

result<progress_row> node_state::progress() const {
  return reading([](const txn& in) {
    return in.row<progress_row>(ledger_key::progress()).value_or(progress_row{});
  });
}

result<void> node_state::follow(control::log_id log) {
  return env_->write([&](txn& in) {
    const auto key = ledger_key::progress();
    auto row = in.row<progress_row>(key).value_or(progress_row{});
    if (row.log && *row.log != log) {
      throw trouble{
          errc::foreign,
          fmt::format("{} has followed control log {}, not {}; use the state that "
                      "belongs to the log, or an empty folder",
                      in.context().path, control::to_text(*row.log), control::to_text(log))};
    }
    row.log = log;
    in.put_row(key, row);
  });
}

result<std::uint32_t> node_state::keep_schema(std::string_view bytes) {
  if (bytes.size() > schema_bytes_max) {
    return fail(errc::too_large, fmt::format("a schema of {} bytes; at most {} can be kept",
                                             bytes.size(), schema_bytes_max));
  }
  std::uint32_t number = 1;
  const auto written = env_->write([&](txn& in) {
    const auto known = schemas_in(in);
    number = static_cast<std::uint32_t>(known.size());
    if (!known.empty() && known.back().bytes == bytes) return;
    ++number;
    in.put_row(ledger_key::schema(number), schema_row{.bytes = std::string{bytes}});
  });
  if (!written) return std::unexpected{written.error()};
  return number;
}

result<std::vector<copy_id>> node_state::make_copies(std::span<const new_copy> copies, attempt at) {
  std::vector<copy_id> made;
  const auto written = env_->write([&](txn& in) {
    made.clear();
    for (const auto& copy : copies) {
      made.push_back(put_new_copy(in, copy, at));
    }
  });
  if (!written) return std::unexpected{written.error()};
  return made;
}

result<copy_id> node_state::make_copy(const control::shard_name& shard, hash_range hashes,
                                      attempt at) {
  const new_copy one{.shard = shard, .hashes = hashes};
  const auto made = make_copies({&one, 1}, at);
  if (!made) return std::unexpected{made.error()};
  return made->front();
}

result<void> node_state::rename_unit(control::shard_kind kind, std::string_view from,
                                     std::string_view to) {
  return env_->write([&](txn& in) {
    std::string found;
    std::string taken;
    in.each_row<unit_row>(ledger_key::units(), [&](std::string_view key, const unit_row& row) {
      if (row.kind == kind && row.name == to) taken = key;
      if (row.kind == kind && row.name == from) found = key;
      return true;
    });
    if (found.empty()) return;
    const auto has_copies = [&](unit_id unit) {
      return std::ranges::any_of(copies_in(in), [&](copy_id id) { return id.unit == unit; });
    };
    if (!taken.empty() && has_copies(*ledger_key::unit_of(taken))) {
      throw trouble{errc::exists, fmt::format("{} is here already and cannot be the new name of "
                                              "{}; drop one of them",
                                              to, from)};
    }
    // Its number stays used: rows that nothing leads to may still carry it.
    if (!taken.empty()) in.put_row(taken, unit_row{.kind = kind, .name = {}});
    in.put_row(found, unit_row{.kind = kind, .name = std::string{to}});
  });
}

result<std::optional<copy_id>> node_state::find_copy(const control::shard_name& shard) const {
  return reading([&](const txn& in) {
    std::optional<copy_id> found;
    in.each_row<unit_row>(ledger_key::units(), [&](std::string_view key, const unit_row& row) {
      if (row.kind != shard.kind || row.name != shard.of) return true;
      const copy_id id{.unit = *ledger_key::unit_of(key), .number = shard.number};
      if (in.row<copy_row>(ledger_key::copy(id))) found = id;
      return false;
    });
    return found;
  });
}

result<snapshot> node_state::read() const {
  const inside_lmdb inside{env_->context().path.c_str()};
  try {
    return snapshot{env_->read()};
  } catch (const trouble& t) {
    return std::unexpected{t.what_happened()};
  }
}

result<void> node_state::copy_to(const fs::path& folder) const {
  if (auto made = make_folder(folder); !made) return made;
  const auto path = folder / data_file_name;
  if (fs::exists(path)) {
    return fail(errc::exists,
                fmt::format("{} is there already; choose an empty folder", path.string()));
  }
  const inside_lmdb inside{env_->context().path.c_str()};
  // LMDB copies by a view of its own: this one keeps the map as it is meanwhile.
  const auto held = read();
  if (!held) return std::unexpected{held.error()};
  const int code = ::mdb_env_copy2(env_->handle(), folder.c_str(), MDB_CP_COMPACT);
  if (code != MDB_SUCCESS) {
    std::error_code ignored;
    fs::remove(path, ignored);
    return std::unexpected{lmdb_error(code, "copy to", path.string())};
  }
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int number = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) return std::unexpected{lmdb_error(number, "sync", path.string())};
  return sync_folder(folder);
}

result<file_stats> node_state::stats() const {
  return reading([&](const txn& in) { return in.stats(); });
}

}  // namespace aisle::kv
