// JupyterLab's front end: a launcher card and an entry in the file browser's menu, both of which open the
// editor in a tab of its own.
//
// Written by hand, with no build: JupyterLab loads this script, calls init() with the modules that it shares,
// then get('./extension'). What is not shared is done without, so that another version of JupyterLab loses
// an entry rather than the whole extension.
(() => {
  const EDITABLE = /\.(mp4|mov|avi|webm|mkv|jpg|jpeg|png|gif|webp|mp3|wav|m4a|aac)$/i;
  const OPEN = 'nemo-lab:open';
  const EDIT = 'nemo-lab:edit-file';
  const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">
    <path class="jp-icon3" fill="#616161" d="M3 5h18v14H3zm2 2v2h2V7zm0 4v2h2v-2zm0 4v2h2v-2zm12-8v2h2V7zm0
    4v2h2v-2zm0 4v2h2v-2zM10 8.5v7l5.5-3.5z" fill-rule="evenodd"/></svg>`;

  let shared = {};

  /** A module that JupyterLab shares; an empty one where it does not. */
  async function use(name) {
    const [found] = Object.values(shared[name] ?? {});
    return found ? (await found.get())() : {};
  }

  /** The notebook in which a file is edited: beside it, and the same one every time. */
  function notebookPath(folder, file) {
    const stem = file ? `${file.replace(/\.[^.]*$/, '')} (Nemo)` : 'Nemo';
    return folder ? `${folder}/${stem}.ipynb` : `${stem}.ipynb`;
  }

  /** A new notebook of one cell; JSON's strings are Python's too. */
  function newNotebook(file, kernel) {
    const source = `import nemo_lab as nemo\n\nnemo.Editor(${file ? JSON.stringify(file) : ''})`;
    const cell = {cell_type: 'code', id: 'editor', metadata: {}, outputs: [], execution_count: null, source};
    return {cells: [cell], metadata: {kernelspec: kernel}, nbformat: 4, nbformat_minor: 5};
  }

  async function ensureNotebook(app, path, file) {
    const {contents, kernelspecs} = app.serviceManager;
    const folder = path.split('/').slice(0, -1).join('/');
    const {content: beside} = await contents.get(folder);
    if (beside.some(item => item.path === path)) return;
    await kernelspecs.ready;
    const name = kernelspecs.specs.default;
    const kernel = {name, display_name: kernelspecs.specs.kernelspecs[name]?.display_name ?? name};
    await contents.save(path, {type: 'notebook', format: 'json', content: newNotebook(file, kernel)});
  }

  const mainTabs = app => new Set(app.shell.widgets('main'));

  /** Show the output of a notebook's last cell in a tab of its own, in front of the notebook. */
  async function showOutput(app, notebook, title, icon) {
    const before = mainTabs(app);
    const index = notebook.content.widgets.length - 1;
    notebook.content.activeCellIndex = index;
    await app.commands.execute('notebook:create-output-view', {path: notebook.context.path, index});
    const [tab] = [...mainTabs(app)].filter(widget => !before.has(widget));
    if (!tab) return;
    Object.assign(tab.title, {label: title, caption: title, icon});
    app.shell.add(tab, 'main', {ref: notebook.id, mode: 'tab-after'});
    app.shell.activateById(tab.id);
  }

  async function openEditor(app, folder, file, icon) {
    const path = notebookPath(folder, file);
    await ensureNotebook(app, path, file);
    const before = mainTabs(app);
    const notebook = await app.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    if (before.has(notebook)) return;
    await notebook.context.ready;
    await notebook.sessionContext.ready;
    await app.commands.execute('notebook:run-all-cells');
    await notebook.context.save();  // a page that is reloaded shows what was saved
    await showOutput(app, notebook, file ?? 'Nemo', icon);
  }

  function activate(app, launcher, browsers, palette, {LabIcon}) {
    if (app.name !== 'JupyterLab') return;  // Notebook 7 has no tabs, and opens each file in a page of its own
    const icon = LabIcon && new LabIcon({name: 'nemo-lab:film', svgstr: ICON});
    const browser = () => browsers?.tracker.currentWidget;
    const chosen = () => [...(browser()?.selectedItems() ?? [])]
      .filter(item => item.type !== 'directory' && EDITABLE.test(item.name));
    const report = error => app.commands.execute('apputils:notify',
      {message: `Nemo could not be opened: ${error.message}`, type: 'error', options: {autoClose: false}});
    app.commands.addCommand(OPEN, {
      label: 'Nemo video editor', caption: 'Edit recordings by saying what you want', icon,
      execute: args => openEditor(app, args.cwd ?? browser()?.model.path ?? '', undefined, icon).catch(report),
    });
    app.commands.addCommand(EDIT, {
      label: 'Edit with Nemo', icon,
      isVisible: () => chosen().length > 0,
      execute: () => Promise.all(chosen().map(item =>
        openEditor(app, item.path.split('/').slice(0, -1).join('/'), item.name, icon).catch(report))),
    });
    app.contextMenu.addItem({command: EDIT, selector: '.jp-DirListing-item[data-isdir="false"]', rank: 1});
    launcher?.add({command: OPEN, category: 'Other', rank: 0});
    palette?.addItem({command: OPEN, category: 'Nemo'});
  }

  async function load() {
    const [{ILauncher}, {IFileBrowserFactory}, {ICommandPalette}, parts] = await Promise.all(
      ['@jupyterlab/launcher', '@jupyterlab/filebrowser', '@jupyterlab/apputils', '@jupyterlab/ui-components'].map(use));
    const tokens = [ILauncher, IFileBrowserFactory, ICommandPalette];
    const wanted = tokens.filter(Boolean);
    return {__esModule: true, default: {
      id: 'nemo-lab:plugin', description: 'Opens recordings in the Nemo editor.', autoStart: true, optional: wanted,
      activate: (app, ...given) => activate(app,
        ...tokens.map(token => token && given[wanted.indexOf(token)]), parts),
    }};
  }

  (window._JUPYTERLAB ??= {})['nemo-lab'] = {
    init(scope) { shared = scope; },
    async get() { const module = await load(); return () => module; },
  };
})();
