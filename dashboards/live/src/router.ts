// The pages; each address is a view that can be sent to somebody.
import { createRouter, type RouterHistory } from 'vue-router'
import BoardPage from './board/BoardPage.vue'

export function createPages(history: RouterHistory) {
  return createRouter({
    history,
    routes: [
      { path: '/', name: 'board', component: BoardPage },
      { path: '/cases', name: 'cases', component: () => import('./cases/CaseListPage.vue') },
      { path: '/cases/:source/:caseNo', name: 'case', component: () => import('./case/CasePage.vue'), props: true },
      { path: '/figures', name: 'figures', component: () => import('./figures/FiguresPage.vue') },
      {
        path: '/figures/:figure/members',
        name: 'members',
        component: () => import('./figures/MembersPage.vue'),
        props: true,
      },
      { path: '/cards', name: 'cards', component: () => import('./cards/CardListPage.vue') },
      { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./shell/NowherePage.vue') },
    ],
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  })
}
