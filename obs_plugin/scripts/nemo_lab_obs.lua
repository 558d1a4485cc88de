-- SPDX-License-Identifier: GPL-3.0-only
-- Runs inside OBS (LuaJIT is always there): leaves word of each finished recording in nemo_lab's spool folder.
-- It does no work itself, so that OBS never waits for it; the watcher does (nemo obs run), and is started
-- from here when it does not run. `nemo obs install` adds this script to the scene collections.

local obs = obslua
local settings = { enabled = true, preset = "", instruction = "", folder = "", spool = "", command = "" }
local recording = nil -- { first = path, current = path } while OBS records
local counter, watched, children, status = 0, nil, {}, "not known yet"

local function log(text) obs.script_log(obs.LOG_INFO, text) end

-- Starting a program: without a shell, so that nothing in a path can mean anything.

local has_ffi, ffi = pcall(require, "ffi")
if has_ffi and ffi.os == "Windows" then
  ffi.cdef [[ void *ShellExecuteA(void *, const char *, const char *, const char *, const char *, int); ]]
elseif has_ffi then
  ffi.cdef [[
    int posix_spawn(int *, const char *, const void *, const void *, char *const[], char *const[]);
    int waitpid(int, int *, int);
    extern char **environ;
  ]]
end

local function start_watcher()
  if settings.command == "" or not has_ffi then return end
  if ffi.os == "Windows" then
    ffi.load("shell32").ShellExecuteA(nil, "open", settings.command, "obs run --from-obs", nil, 0)
    return
  end
  local words = { settings.command, "obs", "run", "--from-obs" }
  local kept, argv = {}, ffi.new("char *[?]", #words + 1)
  for n, word in ipairs(words) do
    kept[n] = ffi.new("char[?]", #word + 1, word)
    argv[n - 1] = kept[n]
  end
  local pid = ffi.new("int[1]")
  if ffi.C.posix_spawn(pid, settings.command, nil, nil, argv, ffi.C.environ) == 0 then
    table.insert(children, pid[0])
  else
    log("the watcher could not be started: " .. settings.command)
  end
end

local function bury_children() -- what was started and has ended; only our own
  for n = #children, 1, -1 do
    if ffi.C.waitpid(children[n], nil, 1) ~= 0 then table.remove(children, n) end
  end
end

-- Leaving word

local function scene_name()
  local source = obs.obs_frontend_get_current_scene()
  local name = source ~= nil and obs.obs_source_get_name(source) or ""
  obs.obs_source_release(source)
  return name
end

local function drop(path, first, asked)
  if path == nil or path == "" or settings.spool == "" or not (settings.enabled or asked) then return end
  local began = obs.os_gettime_ns()
  counter = counter + 1
  obs.os_mkdirs(settings.spool .. "/new")
  local job = obs.obs_data_create()
  obs.obs_data_set_int(job, "v", 1)
  for name, value in pairs {
    path = path, first = first or "", source = "script", preset = settings.preset,
    instruction = settings.instruction, folder = settings.folder, scene = scene_name(),
    profile = obs.obs_frontend_get_current_profile() or "",
    collection = obs.obs_frontend_get_current_scene_collection() or "",
  } do
    obs.obs_data_set_string(job, name, value)
  end
  -- OBS writes beside it and renames, so that the watcher never sees half a job.
  local file = string.format("%s/new/%020d-%d.json", settings.spool, os.time() * 1000 + counter % 1000, counter)
  local ok = obs.obs_data_save_json_safe(job, file, "tmp", "bak")
  obs.obs_data_release(job)
  log(string.format("%s %s in %.1f ms", ok and "queued" or "could not queue", path,
    (obs.os_gettime_ns() - began) / 1e6))
end

local function drop_and_start(path, first, asked)
  drop(path, first, asked)
  if not (settings.enabled or asked) then return end
  local began = obs.os_gettime_ns()
  start_watcher()
  log(string.format("called the watcher in %.1f ms", (obs.os_gettime_ns() - began) / 1e6))
end

-- What OBS tells. A split is told to the recording's own output, on a thread of its own.

local function on_split(data)
  local following = obs.calldata_string(data, "next_file")
  if recording == nil or following == nil then return end
  drop(recording.current, recording.first)
  recording.current = following
  drop(following, recording.first) -- parts to be joined wait for this one
end

local function watch_splits()
  local output = obs.obs_frontend_get_recording_output()
  if output == nil then return end
  obs.signal_handler_connect(obs.obs_output_get_signal_handler(output), "file_changed", on_split)
  obs.obs_output_release(output)
end

local function on_event(event)
  if event == obs.OBS_FRONTEND_EVENT_RECORDING_STARTED then
    local path = obs.obs_frontend_get_last_recording()
    recording = { first = path, current = path }
    watch_splits()
  elseif event == obs.OBS_FRONTEND_EVENT_RECORDING_STOPPED then
    drop_and_start(obs.obs_frontend_get_last_recording(), recording and recording.first or nil)
    recording = nil
  elseif event == obs.OBS_FRONTEND_EVENT_EXIT then
    obs.obs_frontend_remove_event_callback(on_event)
  end
end

-- Settings

local function read_status()
  if has_ffi and ffi.os ~= "Windows" then bury_children() end
  local data = obs.obs_data_create_from_json_file_safe(settings.spool .. "/status.json", "bak")
  if data == nil then return end
  status = obs.obs_data_get_string(data, "line")
  obs.obs_data_release(data)
  if watched ~= nil then obs.obs_data_set_string(watched, "status", status) end
end

function script_description()
  return "<b>nemo_lab</b><br>Edits every finished recording by itself; the result lies beside it."
end

function script_defaults(data) obs.obs_data_set_default_bool(data, "enabled", true) end

function script_properties()
  read_status()
  local all = obs.obs_properties_create()
  obs.obs_properties_add_bool(all, "enabled", "Edit finished recordings")
  obs.obs_properties_add_text(all, "preset", "Preset (empty: by obs.toml)", obs.OBS_TEXT_DEFAULT)
  obs.obs_properties_add_text(all, "instruction", "Instruction (instead of a preset)", obs.OBS_TEXT_MULTILINE)
  obs.obs_properties_add_path(all, "folder", "Save results in (empty: beside)", obs.OBS_PATH_DIRECTORY, nil, nil)
  obs.obs_properties_add_button(all, "now", "Edit the last recording now", function()
    drop_and_start(obs.obs_frontend_get_last_recording(), nil, true)
    return true
  end)
  obs.obs_properties_add_text(all, "status", "Status", obs.OBS_TEXT_INFO)
  obs.obs_properties_add_path(all, "spool", "Queue folder", obs.OBS_PATH_DIRECTORY, nil, nil)
  obs.obs_properties_add_text(all, "command", "Program (nemo)", obs.OBS_TEXT_DEFAULT)
  return all
end

function script_update(data)
  watched = data
  settings.enabled = obs.obs_data_get_bool(data, "enabled")
  for _, name in ipairs { "preset", "instruction", "folder", "spool", "command" } do
    settings[name] = obs.obs_data_get_string(data, name)
  end
end

function script_load(data)
  obs.obs_frontend_add_event_callback(on_event)
  obs.timer_add(read_status, 1000)
end

function script_unload() watched = nil end
